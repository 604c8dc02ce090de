import type { Kms } from '../kms/kms.ts';
import { arnOf, type Member } from '../kms/member.ts';
import type { Settings } from '../settings.ts';
import { invalid } from './failure.ts';
import { cckmState, keyJson, kmsOf, updatedAt } from './key-json.ts';
import { isListed, standingOf } from './records.ts';

type Query = Record<string, unknown>;

const tests: Record<string, (kms: Kms, member: Member, value: string, settings: Settings) => boolean> = {
  id: (_kms, member, value) => member.id === value,
  keyid: (_kms, member, value) => member.keyId === value,
  arn: (_kms, member, value) => arnOf(member) === value,
  alias: (_kms, member, value) => member.aliases.some((alias) => alias === value || alias === `alias/${value}`),
  region: (_kms, member, value) => member.region === value,
  kms: (_kms, member, value) => kmsOf(member.account).name === value,
  kms_id: (_kms, member, value) => kmsOf(member.account).id === value,
  cloud_name: (_kms, _member, value) => value === 'aws',
  origin: (_kms, member, value) => member.origin === value,
  gone: (_kms, _member, value) => value === 'false',
  keystate: (kms, member, value, settings) => cckmState(kms, member, settings) === value,
  keyusage: (_kms, _member, value) => value === 'ENCRYPT_DECRYPT',
  CustomerMasterKeySpec: (_kms, member, value) => member.spec === value,
  enabled: (kms, member, value, settings) => String(cckmState(kms, member, settings) === 'Enabled') === value,
  tags: (_kms, member, value) =>
    member.tags.some(({ TagKey, TagValue }) => value === TagKey || value === `${TagKey}:${TagValue}`),
  key_material_origin: (_kms, member, value) => (member.origin === 'EXTERNAL' ? 'cckm' : 'native') === value,
  key_source: (_kms, member, value) => (member.origin === 'EXTERNAL' ? 'local' : '') === value,
  cckm_policy_template_id: (_kms, member, value) => member.policyTemplate === value,
  multi_region: (_kms, member, value) => String(member.multiRegion) === value,
  multi_region_key_type: (kms, member, value) => member.multiRegion && standingOf(kms, member).type === value,
};

const sorts: Record<string, (kms: Kms, member: Member) => number | string> = {
  id: (_kms, member) => member.id,
  keyid: (_kms, member) => member.keyId,
  alias: (_kms, member) => member.aliases[0] ?? '',
  createdAt: (_kms, member) => member.createdAt,
  updatedAt,
  region: (_kms, member) => member.region,
};

/** CCKM's list of keys: filters, sort, skip, limit (10 unless given, -1 for all). Source: CCKM contract, section 2.2. */
export function listKeys(kms: Kms, query: Query, settings: Settings): Record<string, unknown> {
  const filters = Object.entries(query).filter(([name]) => name in tests);
  const found = [...candidates(kms, query)].filter(
    (member) =>
      isListed(kms, member) &&
      filters.every(([name, value]) => tests[name]?.(kms, member, String(value), settings) ?? true),
  );
  const order = String(query.sort ?? '')
    .split(',')
    .flatMap((field) => {
      const by = sorts[field.replace(/^-/, '')];
      return by ? [{ by, sign: field.startsWith('-') ? -1 : 1 }] : [];
    });
  if (order.length > 0) found.sort((a, b) => compare(kms, order, a, b));
  const page = pageOf(found, query);
  return { ...page, resources: page.resources.map((member) => keyJson(kms, member, settings)) };
}

/** The few keys that an id, a set or an ARN can mean, or all. */
function candidates(kms: Kms, { id, keyid, arn }: Query): Iterable<Member> {
  if (typeof id === 'string') return [kms.get(id)].filter((member) => member !== undefined);
  if (typeof keyid === 'string') return kms.set(keyid);
  if (typeof arn === 'string') return kms.set(arn.split('/').at(-1) ?? '');
  return kms.all();
}

function compare(kms: Kms, order: { by: (typeof sorts)[string]; sign: number }[], a: Member, b: Member): number {
  for (const { by, sign } of order) {
    const [left, right] = [by(kms, a), by(kms, b)];
    if (left !== right) return left < right ? -sign : sign;
  }
  return 0;
}

/** One page in CCKM's envelope. Throws CckmFailure. */
export function pageOf<T>(
  items: readonly T[],
  query: Query,
): { skip: number; limit: number; total: number; resources: T[] } {
  const [skip, limit] = [Number(query.skip ?? 0), Number(query.limit ?? 10)];
  if (!Number.isInteger(skip) || skip < 0 || !Number.isInteger(limit))
    throw invalid('skip and limit must be integers.');
  return { skip, limit, total: items.length, resources: items.slice(skip, limit < 0 ? undefined : skip + limit) };
}

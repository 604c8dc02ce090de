import { failureOfStatus } from '../http/answers.ts';
import type { Kms } from '../kms/kms.ts';
import { arnOf, type Member } from '../kms/member.ts';
import type { Settings } from '../settings.ts';
import { invalid } from './failure.ts';
import { cckmState, keyJson, kmsOf, updatedAt } from './key-json.ts';
import { isListed, listedAliases, standingOf } from './records.ts';

type Query = Record<string, unknown>;

const tests: Record<string, (kms: Kms, member: Member, value: string, settings: Settings) => boolean> = {
  keyid: (_kms, member, value) => member.keyId === value,
  arn: (_kms, member, value) => arnOf(member) === value,
  alias: (kms, member, value) =>
    listedAliases(kms, member).some((alias) => alias === value || alias === `alias/${value}`),
  region: (_kms, member, value) => member.region === value,
  kms: (_kms, member, value) => kmsOf(member.account).name === value,
  kms_id: (_kms, member, value) => kmsOf(member.account).id === value,
  cloud_name: (_kms, _member, value) => value === 'aws',
  origin: (_kms, member, value) => member.origin === value,
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
  mustTake(query, settings);
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
  const records = found
    .flatMap(recordsOf)
    .filter(
      ({ id, gone }) =>
        (query.id === undefined || id === query.id) && (query.gone === undefined || String(gone) === query.gone),
    );
  const { total, ...page } = pageOf(records, capped(query, settings));
  const stated = { number: { total }, text: { total: String(total) }, none: {} }[settings.total];
  const resources = page.resources.map((record) => listed(recordJson(kms, record, settings), settings));
  return { ...page, ...stated, resources };
}

/** A record that CCKM has of a key: its live one, or one that is gone. */
interface KeyRecord {
  readonly member: Member;
  readonly id: string;
  readonly gone: boolean;
}

function recordsOf(member: Member): KeyRecord[] {
  const gone = member.goneIds.map((id) => ({ member, id, gone: true }));
  return [...gone, { member, id: member.id, gone: false }];
}

/** The record of an id, whatever CCKM lists of its key; undefined: there is none. */
export function findRecord(kms: Kms, id: string): KeyRecord | undefined {
  const live = kms.get(id);
  if (live) return { member: live, id, gone: false };
  const member = [...kms.all()].find(({ goneIds }) => goneIds.includes(id));
  return member && { member, id, gone: true };
}

export function recordJson(kms: Kms, { member, id, gone }: KeyRecord, settings: Settings): Record<string, unknown> {
  return { ...keyJson(kms, member, settings), id, gone };
}

/** Throws what a version answers that does not take a parameter, or to a user who may not list keys. */
export function mustTake(query: Query, { rejectsFilters, rejectsFiltersStatus, mayList }: Settings): void {
  const refused = rejectsFilters.find((name) => query[name] !== undefined || `limit=${query.limit}` === name);
  if (refused !== undefined) throw failureOfStatus(rejectsFiltersStatus);
  if (mayList === 'none' || (mayList === 'by_keyid' && query.keyid === undefined)) throw failureOfStatus(403);
}

function capped(query: Query, { pageCap }: Settings): Query {
  const limit = Number(query.limit ?? 10);
  return pageCap > 0 && (limit < 0 || limit > pageCap) ? { ...query, limit: pageCap } : query;
}

function listed(key: ReturnType<typeof recordJson>, { policyInLists }: Settings): ReturnType<typeof recordJson> {
  return policyInLists ? key : { ...key, aws_param: { ...(key.aws_param as object), Policy: null } };
}

/** The few keys that an id, a set or an ARN can mean, or all. */
function candidates(kms: Kms, { id, keyid, arn }: Query): Iterable<Member> {
  if (typeof id === 'string') return [findRecord(kms, id)?.member].filter((member) => member !== undefined);
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

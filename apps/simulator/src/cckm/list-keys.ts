import type { Kms } from '../kms/kms.ts';
import { arnOf, type Member } from '../kms/member.ts';
import type { Settings } from '../settings.ts';
import { cckmState, isListed, keyJson, kmsOf } from './key-json.ts';

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
  enabled: (kms, member, value, settings) => String(cckmState(kms, member, settings) === 'Enabled') === value,
  multi_region: (_kms, member, value) => String(member.multiRegion) === value,
  multi_region_key_type: (_kms, member, value) => member.multiRegion && member.type === value,
};

const sorts: Record<string, (member: Member) => number | string> = {
  createdAt: (member) => member.createdAt,
  updatedAt: (member) => member.updatedAt,
  region: (member) => member.region,
};

/** CCKM's list of keys: filters, sort, skip, limit (10 unless given, -1 for all). Source: CCKM contract, section 2.2. */
export function listKeys(kms: Kms, query: Query, settings: Settings): Record<string, unknown> {
  const filters = Object.entries(query).filter(([name]) => name in tests);
  const keyid = typeof query.keyid === 'string' ? query.keyid : null;
  const candidates = keyid === null ? kms.all() : kms.set(keyid);
  const found = [...candidates].filter(
    (member) =>
      isListed(kms, member) &&
      filters.every(([name, value]) => tests[name]?.(kms, member, String(value), settings) ?? true),
  );
  const [first = ''] = String(query.sort ?? '').split(',');
  const by = sorts[first.replace(/^-/, '')];
  if (by) {
    const sign = first.startsWith('-') ? -1 : 1;
    found.sort((a, b) => (by(a) < by(b) ? -sign : by(a) > by(b) ? sign : 0));
  }
  const skip = Number(query.skip ?? 0);
  const limit = Number(query.limit ?? 10);
  const page = limit < 0 ? found.slice(skip) : found.slice(skip, skip + limit);
  return { skip, limit, total: found.length, resources: page.map((member) => keyJson(kms, member, settings)) };
}

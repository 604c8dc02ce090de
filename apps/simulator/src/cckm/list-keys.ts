import { isPrimary } from '../kms/kms-key.ts';
import type { Cckm } from './cckm.ts';
import { keyJson } from './key-json.ts';
import type { KeyRecord } from './key-record.ts';
import { shownMembers, shownState } from './member-view.ts';
import { type Page, pageOf, type Query, sorted } from './page.ts';

type Filter = (cckm: Cckm, record: KeyRecord, wanted: string) => boolean;

const flag = (text: string) => text.toLowerCase() === 'true';
export const withPrefix = (alias: string) => (alias.startsWith('alias/') ? alias : `alias/${alias}`);

/** CCKM's filters; others are ignored. Source: CCKM contract, section 2.2. */
const filters: Readonly<Record<string, Filter>> = {
  id: (_, { id }, wanted) => id === wanted,
  keyid: (_, { key }, wanted) => key.keyId === wanted,
  arn: (_, { key }, wanted) => key.arn === wanted,
  alias: (_, { key }, wanted) => key.aliases.includes(withPrefix(wanted)),
  region: (_, { key }, wanted) => key.region === wanted,
  kms: (_, { container }, wanted) => container.name === wanted,
  kms_id: (_, { container }, wanted) => container.id === wanted,
  cloud_name: (_, __, wanted) => wanted === 'aws',
  origin: (_, { key }, wanted) => key.origin === wanted,
  keystate: (cckm, record, wanted) => shownState(cckm, record) === wanted,
  keyusage: (_, { key }, wanted) => key.usage === wanted,
  enabled: (cckm, record, wanted) => (shownState(cckm, record) === 'Enabled') === flag(wanted),
  gone: (_, { gone, key }, wanted) => (gone || key.deleted) === flag(wanted),
  tags: (_, { key }, wanted) => {
    const [name = '', value] = wanted.split(/[:=](.*)/s);
    return value === undefined ? key.tags.has(name) : key.tags.get(name) === value;
  },
  CustomerMasterKeySpec: (_, { key }, wanted) => key.spec === wanted,
  key_material_origin: (_, { key }, wanted) =>
    wanted === (key.origin === 'AWS_KMS' ? 'native' : key.material ? 'cckm' : 'unknown'),
  key_source: (_, { key }, wanted) => (key.material?.tier ?? '') === wanted,
  multi_region: (_, { key }, wanted) => (key.set !== null) === flag(wanted),
  multi_region_key_type: (cckm, record, wanted) => memberType(cckm, record) === wanted.toUpperCase(),
  job_config_id: () => false,
  rotation_job_enabled: (_, __, wanted) => !flag(wanted),
  cckm_policy_template_id: (_, { key }, wanted) => key.tags.get('cckm_policy_template_id') === wanted,
};

const sortFields: Readonly<Record<string, (record: KeyRecord) => string | number>> = {
  createdAt: ({ createdAt }) => createdAt,
  updatedAt: ({ updatedAt }) => updatedAt,
  CreationDate: ({ key }) => key.createdAt,
  region: ({ key }) => key.region,
  kms: ({ container }) => container.name,
  keyid: ({ key }) => key.keyId,
  arn: ({ key }) => key.arn,
  origin: ({ key }) => key.origin,
  alias: ({ key }) => key.aliases[0] ?? '',
};

/** `GET keys`: filters that name a key go by an index, the others look at every record. */
export function listKeys(cckm: Cckm, query: Query): Page<Record<string, unknown>> {
  const wanted = Object.entries(query).flatMap(([name, value]) => {
    const filter = filters[name];
    return filter && value !== undefined && value !== '' ? [{ filter, value }] : [];
  });
  const found: KeyRecord[] = [];
  for (const record of candidates(cckm, query)) {
    if (cckm.sees(record) && wanted.every(({ filter, value }) => filter(cckm, record, value))) found.push(record);
  }
  const page = pageOf(sorted(found, query.sort, sortFields), query);
  return { ...page, resources: page.resources.map((record) => keyJson(cckm, record)) };
}

function candidates(cckm: Cckm, { id, arn, keyid, alias }: Query): Iterable<KeyRecord> {
  if (id) return [cckm.records.byId(id)].flatMap((record) => record ?? []);
  if (arn) return [cckm.records.byArn(arn)].flatMap((record) => record ?? []);
  if (keyid) return cckm.records.byKeyId(keyid);
  if (alias) return [...cckm.kms.store.keysNamed(withPrefix(alias))].flatMap((key) => cckm.records.byArn(key.arn) ?? []);
  return cckm.records.all();
}

function memberType(cckm: Cckm, record: KeyRecord): string | null {
  const { key } = record;
  if (!key.set) return null;
  // Nothing moves in most sets, and this runs for every record.
  if (key.set.promotion || cckm.promotions.has(key.keyId)) return shownMembers(cckm, record)?.type ?? null;
  return isPrimary(key, cckm.now()) ? 'PRIMARY' : 'REPLICA';
}

import { type CckmKey, type MaterialRecord, principalLists } from '@keyferry/core';
import { z } from 'zod';
import { parseTags } from './parse-tags.ts';
import { asTimeText } from './time-text.ts';

/** Reads keys as CCKM really sends them: fields missing, in another case, of another type. Source: contract, section 2.3. */

const text = z.string().nullish().catch(null);
const flag = z
  .union([z.boolean(), z.string().transform((value) => value.toLowerCase() === 'true')])
  .nullish()
  .catch(null);
const member = z.looseObject({ Arn: text, Region: text }).nullish().catch(null);
/** A time as text, or as seconds or milliseconds since 1970: RFC 3339 either way, or the text as it came. */
const time = z
  .union([z.string(), z.number()])
  .transform((given) => asTimeText(given))
  .nullish()
  .catch(null);

const awsParam = z.looseObject({
  AWSAccountId: z
    .union([z.string(), z.number().transform(String)])
    .nullish()
    .catch(null),
  Arn: text,
  KeyID: text,
  KeyId: text,
  Alias: z
    .union([z.array(z.string()), z.string().transform((alias) => [alias])])
    .nullish()
    .catch(null),
  Description: text,
  Tags: z.unknown().optional(),
  ReplicaTags: z.unknown().optional(),
  Policy: z.unknown().optional(),
  ReplicaPolicy: z.unknown().optional(),
  Origin: text,
  KeyState: text,
  CreationDate: text,
  MultiRegion: flag,
  MultiRegionConfiguration: z
    .looseObject({
      MultiRegionKeyType: text,
      PrimaryKey: member,
      ReplicaKeys: z.array(member).nullish().catch(null),
    })
    .nullish()
    .catch(null),
  ExpirationModel: text,
  ValidTo: time,
  CurrentKeyMaterialId: text,
});

const keyObject = z.looseObject({
  id: z.string().min(1),
  region: text,
  kms_id: text,
  gone: flag,
  synced_at: text,
  updatedAt: text,
  local_key_id: text,
  key_source: text,
  source_key_tier: text,
  rotated_from: text,
  rotated_to: text,
  aws_param: awsParam.nullish().catch(null),
});

const arnParts = /^arn:aws[a-z-]*:kms:([a-z0-9-]+):(\d{12}):key\/(.+)$/;

function timeOf(text: string | null | undefined): Date | null {
  const time = new Date(text ?? '');
  return Number.isNaN(time.getTime()) ? null : time;
}

/** A refresh may be told by either. */
function latest(one: Date | null, other: Date | null): Date | null {
  if (one === null || other === null) return one ?? other;
  return one > other ? one : other;
}

/** A key from CCKM's JSON; null when it is no key (it has no id). */
export function parseKey(json: unknown): CckmKey | null {
  const parsed = keyObject.safeParse(json);
  if (!parsed.success) return null;
  const { data } = parsed;
  const aws = data.aws_param;
  const arn = aws?.Arn || null;
  const [, arnRegion = null, arnAccount = null, arnKeyId = null] = arnParts.exec(arn ?? '') ?? [];
  const configuration = aws?.MultiRegionConfiguration;
  const keyId = aws?.KeyID || aws?.KeyId || arnKeyId;
  return {
    id: data.id,
    keyId,
    arn,
    account: aws?.AWSAccountId || arnAccount,
    region: data.region || arnRegion,
    kmsId: data.kms_id ?? null,
    aliases: aws?.Alias ?? [],
    description: aws?.Description ?? null,
    tags: parseTags(aws?.Tags ?? aws?.ReplicaTags),
    policy: policyOf(aws?.Policy) ?? policyOf(aws?.ReplicaPolicy),
    principals: principalsOf(data),
    origin: aws?.Origin || null,
    keyState: aws?.KeyState || null,
    createdAt: timeOf(aws?.CreationDate),
    syncedAt: latest(timeOf(data.synced_at), timeOf(data.updatedAt)),
    multiRegion:
      aws?.MultiRegion ?? (configuration?.MultiRegionKeyType != null || (keyId?.startsWith('mrk-') ?? false)),
    multiRegionKeyType: configuration?.MultiRegionKeyType?.toUpperCase() ?? null,
    primaryKey: memberOf(configuration?.PrimaryKey),
    replicaKeys: (configuration?.ReplicaKeys ?? []).flatMap((replica) => memberOf(replica) ?? []),
    localKeyId: data.local_key_id || null,
    keySource: data.key_source || null,
    sourceKeyTier: data.source_key_tier || null,
    rotatedFrom: data.rotated_from || null,
    rotatedTo: data.rotated_to || null,
    expirationModel: aws?.ExpirationModel || null,
    validTo: aws?.ValidTo || null,
    currentMaterialId: aws?.CurrentKeyMaterialId || null,
    gone: data.gone ?? false,
  };
}

/** A policy comes as an object or as its JSON in a string; null where it is empty. */
function policyOf(given: unknown): unknown {
  if (typeof given !== 'string') return isEmpty(given) ? null : given;
  try {
    return JSON.parse(given);
  } catch {
    return null;
  }
}

const isEmpty = (given: unknown): boolean =>
  given === null || given === undefined || (typeof given === 'object' && Object.keys(given).length === 0);

function principalsOf(data: Record<string, unknown>): Record<string, string[]> {
  const lists = principalLists.map((list): [string, unknown] => [list, data[list]]);
  return Object.fromEntries(
    lists.flatMap(([list, given]) => {
      const names = Array.isArray(given) ? given.map(String) : [];
      return names.length > 0 ? [[list, names]] : [];
    }),
  );
}

function memberOf(value: z.infer<typeof member>): { arn: string | null; region: string | null } | null {
  return value ? { arn: value.Arn ?? null, region: value.Region ?? null } : null;
}

const rotationObject = z.looseObject({
  source_key_identifier: text,
  source_key_tier: text,
  key_source: text,
  local_key_id: text,
  last_import_error: text,
  aws_param: z
    .looseObject({
      KeyMaterialId: text,
      ImportState: text,
      KeyMaterialState: text,
      RotationDate: time,
      ExpirationModel: text,
      ValidTo: time,
    })
    .nullish()
    .catch(null),
});

/** One import or rotation of a key's material; null when it is none. Source: contract, section 2.7. */
export function parseRotation(json: unknown): MaterialRecord | null {
  const parsed = rotationObject.safeParse(json);
  if (!parsed.success) return null;
  const { aws_param: aws, ...record } = parsed.data;
  return {
    materialId: aws?.KeyMaterialId || null,
    importState: aws?.ImportState || null,
    keyMaterialState: aws?.KeyMaterialState || null,
    lastImportError: record.last_import_error || null,
    rotatedAt: aws?.RotationDate || null,
    sourceKeyIdentifier: record.source_key_identifier || record.local_key_id || null,
    sourceKeyTier: record.source_key_tier || null,
    keySource: record.key_source || null,
    expirationModel: aws?.ExpirationModel || null,
    validTo: aws?.ValidTo || null,
  };
}

const listObject = z.looseObject({
  resources: z.array(z.unknown()).nullish().catch(null),
  total: z
    .union([z.int().min(0), z.string().regex(/^\d+$/).transform(Number)])
    .nullish()
    .catch(null),
});

/** The items of a list envelope, and how many CCKM says there are; null when it is no list. */
export function parseList(json: unknown): { items: unknown[]; total: number | null } | null {
  const parsed = listObject.safeParse(json);
  if (!parsed.success || (parsed.data.resources == null && parsed.data.total == null)) return null;
  return { items: parsed.data.resources ?? [], total: parsed.data.total ?? null };
}

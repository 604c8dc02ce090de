import { z } from 'zod';
import type { Kms } from '../kms/kms.ts';
import { arnOf, type Member } from '../kms/member.ts';

export const keyStateSchema = z.enum(['Enabled', 'Disabled', 'PendingDeletion', 'PendingImport']);

/** A replica that is there already. `listed: false`: AWS has it, CCKM does not know. */
export const replicaSchema = z.strictObject({
  region: z.string(),
  state: keyStateSchema.default('Enabled'),
  listed: z.boolean().default(true),
});

/** A number of keys that are alike. */
export const keyGroupSchema = z.strictObject({
  count: z.number().int().min(1).max(100_000).default(1),
  account: z.string().default('111122223333'),
  region: z.string().default('us-east-1'),
  origin: z.enum(['AWS_KMS', 'EXTERNAL']).default('AWS_KMS'),
  multiRegion: z.boolean().default(true),
  state: keyStateSchema.default('Enabled'),
  /** `alias/prod-pay` makes alias/prod-pay-001, -002 … */
  aliasPrefix: z.string().optional(),
  /** One alias as it stands, for a single key: several accounts and Regions may have it. */
  alias: z.string().startsWith('alias/').optional(),
  /** EXTERNAL: whether CCKM knows the source key of the material, and in how many days that expires. */
  sourceKnown: z.boolean().default(true),
  materialExpiresInDays: z.number().optional(),
  tags: z.record(z.string(), z.string()).default({}),
  description: z.string().default(''),
  /** The key policy; left out: KMS's default. */
  policy: z.unknown().optional(),
  /** Further aliases, for a single key. */
  moreAliases: z.array(z.string().startsWith('alias/')).default([]),
  /** Replicas that each of them has already. */
  replicas: z.array(replicaSchema).default([]),
});

export type KeyGroup = z.infer<typeof keyGroupSchema>;

/** What a simulator starts with. */
export const inventorySchema = z.strictObject({
  settings: z.record(z.string(), z.unknown()).default({}),
  keys: z.array(keyGroupSchema).default([]),
});

export type Inventory = z.infer<typeof inventorySchema>;

/** What makes a key be in a state. */
export const stateFields = (wanted: z.infer<typeof keyStateSchema>, now: number): Partial<Member> => {
  switch (wanted) {
    case 'Disabled':
      return { disabled: true };
    case 'PendingDeletion':
      return { deletionDate: now + 30 * 86_400_000 };
    case 'PendingImport':
      return { materialAt: null };
    case 'Enabled':
      return {};
  }
};

/** What is there already has been there for a day. */
const anAge = 86_400_000;

function old(origin: Member['origin'], now: number): Partial<Member> {
  const since = now - anAge;
  const external = origin === 'EXTERNAL' ? { materialAt: since } : {};
  return { createdAt: since, readyAt: since, updatedAt: since, listedFrom: since, ...external };
}

/** Makes a group of keys; answers how each can be named. */
export function makeKeys(kms: Kms, group: KeyGroup): { id: string; mrk: string; arn: string; alias: string | null }[] {
  const { account, region, origin, multiRegion } = group;
  const tags = Object.entries(group.tags).map(([TagKey, TagValue]) => ({ TagKey, TagValue }));
  const taken = [...kms.all()].filter((member) => member.aliases[0]?.startsWith(`${group.aliasPrefix}-`)).length;
  return Array.from({ length: group.count }, (_, i) => {
    const numbered =
      group.aliasPrefix === undefined ? null : `${group.aliasPrefix}-${String(taken + i + 1).padStart(3, '0')}`;
    const alias = group.alias ?? numbered;
    const key = kms.add({
      account,
      region,
      origin,
      multiRegion,
      tags,
      description: group.description,
      policy: group.policy ?? null,
      aliases: [...(alias === null ? [] : [alias]), ...group.moreAliases],
      ...old(origin, kms.now()),
      ...(group.sourceKnown ? {} : { sourceKeyId: null }),
      ...(group.materialExpiresInDays === undefined
        ? {}
        : { validTo: kms.now() + group.materialExpiresInDays * 86_400_000 }),
      ...stateFields(group.state, kms.now()),
    });
    for (const replica of group.replicas) addReplica(kms, key, replica);
    return { id: key.id, mrk: key.keyId, arn: arnOf(key), alias };
  });
}

/** A replica that is there already, in AWS at least. */
export function addReplica(kms: Kms, primary: Member, replica: z.infer<typeof replicaSchema>): Member {
  const { keyId, account, origin, sourceKeyId } = primary;
  return kms.add({
    keyId,
    account,
    region: replica.region,
    origin,
    type: 'REPLICA',
    sourceKeyId,
    ...old(origin, kms.now()),
    ...stateFields(replica.state, kms.now()),
    ...(replica.listed ? {} : { listedFrom: null }),
  });
}

import { AwsException } from './aws-exception.ts';

/** One member of a multi-Region set (or a single-Region key) as AWS has it, with what CCKM knows of it beside. */
export interface Member {
  /** CCKM's id. */
  readonly id: string;
  /** `mrk-…`, shared by the set. */
  readonly keyId: string;
  readonly account: string;
  readonly region: string;
  readonly multiRegion: boolean;
  type: 'PRIMARY' | 'REPLICA';
  /** From when a promoted key is a primary in KMS's eyes: until then its set has none. */
  primaryFrom: number;
  readonly origin: 'AWS_KMS' | 'EXTERNAL';
  readonly spec: string;
  readonly createdAt: number;
  /** Until then KMS is creating it. */
  readonly readyAt: number;
  updatedAt: number;
  updatingUntil: number;
  disabled: boolean;
  deletionDate: number | null;
  /** EXTERNAL: since when its material is there; null: it has none. */
  materialAt: number | null;
  /** EXTERNAL: when its material expires; null: never. */
  validTo: number | null;
  /** EXTERNAL: why CCKM's own import failed. */
  importError: string | null;
  sourceKeyId: string | null;
  aliases: string[];
  /** From when CCKM's record tells an alias; one that is not named is told. */
  aliasListedFrom: Map<string, number>;
  tags: { TagKey: string; TagValue: string }[];
  description: string;
  policy: unknown;
  policyTemplate: string | null;
  /** CCKM's lists of who may administer and use it (`key_admins` …). */
  principals: Readonly<Record<string, readonly string[]>>;
  /** From when CCKM lists it; null: AWS alone knows it, until a synchronisation. */
  listedFrom: number | null;
  /** What CCKM still tells of it though AWS has other by now, until a refresh or its own next poll; null: the truth. */
  remembered: Remembered | null;
  /** CCKM ids of records of this key that are `gone`, beside its live one. */
  goneIds: string[];
  /** CCKM's rotation of imported material: the CCKM id of the key that this one was made of, and of the one made of it. */
  rotatedFrom: string | null;
  rotatedTo: string | null;
  /** When CCKM reads it anew because a refresh was asked for. */
  refreshes: number[];
}

/** A record of CCKM's that has grown old. */
export interface Remembered {
  readonly until: number;
  readonly state: KeyState;
  readonly type: Member['type'];
  readonly primary: string | null;
  readonly replicas: readonly string[];
}

export type KeyState =
  | 'Creating'
  | 'Enabled'
  | 'Disabled'
  | 'PendingImport'
  | 'PendingDeletion'
  | 'PendingReplicaDeletion'
  | 'Updating';

/** What AWS calls it: a key that is being promoted is a replica until KMS is done. */
export function typeOf({ type, primaryFrom }: Member, now: number): Member['type'] {
  return type === 'PRIMARY' && now >= primaryFrom ? 'PRIMARY' : 'REPLICA';
}

/** The state that AWS tells. `hasReplicas`: a primary that waits for its replicas to be deleted is told apart. */
export function stateOf(member: Member, now: number, hasReplicas = false): KeyState {
  if (member.deletionDate !== null) {
    return member.type === 'PRIMARY' && hasReplicas ? 'PendingReplicaDeletion' : 'PendingDeletion';
  }
  if (now < member.readyAt) return 'Creating';
  if (now < member.updatingUntil) return 'Updating';
  if (member.disabled) return 'Disabled';
  if (member.origin === 'EXTERNAL' && !hasMaterial(member, now)) return 'PendingImport';
  return 'Enabled';
}

export function hasMaterial({ materialAt, validTo }: Member, now: number): boolean {
  return materialAt !== null && now >= materialAt && (validTo === null || now < validTo);
}

export function partitionOf(region: string): string {
  return region.startsWith('us-gov-') ? 'aws-us-gov' : region.startsWith('cn-') ? 'aws-cn' : 'aws';
}

export function arnOf({ region, account, keyId }: Pick<Member, 'region' | 'account' | 'keyId'>): string {
  return `arn:${partitionOf(region)}:kms:${region}:${account}:key/${keyId}`;
}

/** Throws what AWS answers when a key is not `Enabled`. Source: KMS developer guide, key states. */
export function mustBeEnabled(member: Member, now: number): void {
  const arn = arnOf(member);
  switch (stateOf(member, now)) {
    case 'Enabled':
      return;
    case 'Disabled':
      throw new AwsException('DisabledException', `${arn} is disabled.`);
    case 'PendingDeletion':
    case 'PendingReplicaDeletion':
      throw new AwsException('KMSInvalidStateException', `${arn} is pending deletion.`);
    case 'PendingImport':
      throw new AwsException('KMSInvalidStateException', `${arn} is pending import.`);
    case 'Updating':
      throw new AwsException('KMSInvalidStateException', `${arn} is updating.`);
    case 'Creating':
      throw new AwsException('KMSInvalidStateException', `${arn} is creating.`);
  }
}

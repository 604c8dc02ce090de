import { type IamAction, iamActions } from './iam-actions.ts';

/** Where Keyferry works; what is empty is not restricted, or stands as a placeholder. */
export interface PermissionPlace {
  readonly account: string | null;
  /** Regions that replicas are made in. */
  readonly regions: readonly string[];
  readonly primaryRegions: readonly string[];
  /** ARN of the AWS user or role of the CCKM connection. */
  readonly principal: string | null;
  /** ARN of the role that the CCKM container assumes; null: none. */
  readonly assumeRole: string | null;
}

export interface PolicyDocument {
  readonly Version: '2012-10-17';
  readonly Statement: readonly Readonly<Record<string, unknown>>[];
}

const partition = (region: string | undefined): string => {
  if (region?.startsWith('cn-')) return 'aws-cn';
  return region?.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
};
const named = (match: (action: IamAction) => boolean): string[] => iamActions.filter(match).map(({ action }) => action);

/** Policy for the AWS identity of the CCKM connection, in the account of the keys. */
export function iamPolicy(place: PermissionPlace): PolicyDocument {
  const { account, regions, primaryRegions, assumeRole } = place;
  const keys = (what: 'key' | 'alias') =>
    `arn:${partition(regions[0] ?? primaryRegions[0])}:kms:*:${account ?? '<ACCOUNT>'}:${what}/${what === 'key' ? 'mrk-*' : '*'}`;
  const inRegions = (given: readonly string[]) =>
    given.length === 0 ? {} : { Condition: { StringEquals: { 'aws:RequestedRegion': [...given] } } };
  const both = primaryRegions.length === 0 || regions.length === 0 ? [] : [...new Set([...primaryRegions, ...regions])];
  const statement = (Sid: string, match: (action: IamAction) => boolean, Resource: unknown, rest: object = {}) => {
    return { Sid, Effect: 'Allow', Action: named(match), Resource, ...rest };
  };
  return {
    Version: '2012-10-17',
    Statement: [
      statement('KeyferryRead', ({ purpose, resource }) => purpose === 'read' && resource === 'key', everyKey(place)),
      statement(
        'KeyferryList',
        ({ purpose, resource }) => resource === '*' && (purpose === 'read' || purpose === 'connect'),
        '*',
      ),
      statement(
        'KeyferryReplicate',
        ({ action }) => action === 'kms:ReplicateKey',
        keys('key'),
        replicaRegions(regions),
      ),
      statement('KeyferryCreateReplica', ({ action }) => action === 'kms:CreateKey', '*', inRegions(regions)),
      statement(
        'KeyferryReplicaSettings',
        ({ region, resource }) => region === 'replica' && resource !== '*',
        [keys('key'), keys('alias')],
        inRegions(regions),
      ),
      statement('KeyferryPromote', ({ purpose }) => purpose === 'promote', keys('key'), inRegions(both)),
      ...(assumeRole === null
        ? []
        : [statement('KeyferryAssumeRole', ({ resource }) => resource === 'role', assumeRole)]),
    ],
  };
}

/** Statements for the key policy of every primary; without them an IAM policy alone is not enough unless the key policy delegates to IAM. */
export function keyPolicyStatements({ account, regions, principal }: PermissionPlace): PolicyDocument['Statement'] {
  const who = principal ?? `arn:${partition(regions[0])}:iam::${account ?? '<ACCOUNT>'}:role/<CCKM-CONNECTION>`;
  return [
    {
      Sid: 'KeyferryReplicate',
      Effect: 'Allow',
      Principal: { AWS: who },
      Action: named(({ action }) => action === 'kms:ReplicateKey'),
      Resource: '*',
      ...replicaRegions(regions),
    },
    {
      Sid: 'KeyferryPromoteAndRead',
      Effect: 'Allow',
      Principal: { AWS: who },
      Action: named(({ purpose, resource }) => resource === 'key' && (purpose === 'promote' || purpose === 'read')),
      Resource: '*',
    },
  ];
}

/** A service control policy that denies Regions, with what it must leave out: else no replica can be made in them. */
export function scpDenyingRegions({ regions, primaryRegions }: PermissionPlace): PolicyDocument {
  const allowed = [...new Set([...primaryRegions, ...regions])];
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'DenyOtherRegionsButForKeyReplicas',
        Effect: 'Deny',
        NotAction: [
          ...new Set(named(({ action, region }) => action.startsWith('kms:') && region !== 'primary')),
          ...named(({ action }) => action === 'kms:ReplicateKey'),
          ...named(({ purpose }) => purpose === 'connect'),
        ],
        Resource: '*',
        Condition: { StringNotEquals: { 'aws:RequestedRegion': allowed.length > 0 ? allowed : ['<REGION>'] } },
      },
    ],
  };
}

/** ReplicateKey may be bound to the Regions that replicas go to. */
function replicaRegions(regions: readonly string[]): object {
  return regions.length === 0 ? {} : { Condition: { StringEquals: { 'kms:ReplicaRegion': [...regions] } } };
}

/** Reading takes single-Region keys too: they are listed, and refused by name. */
function everyKey({ account, regions }: PermissionPlace): string {
  return `arn:${partition(regions[0])}:kms:*:${account ?? '<ACCOUNT>'}:key/*`;
}

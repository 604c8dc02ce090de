/** What Keyferry has CCKM do in AWS. */
export const permissionPurposes = ['read', 'replicate', 'settings', 'import', 'promote', 'connect'] as const;
export type PermissionPurpose = (typeof permissionPurposes)[number];

/** An action that the AWS identity of the CCKM connection needs. */
export interface IamAction {
  readonly action: string;
  readonly purpose: PermissionPurpose;
  /** In which Region it is called. */
  readonly region: 'primary' | 'replica' | 'both' | 'any';
  /** What IAM lets it be bound to: a key, or nothing but `*`. */
  readonly resource: 'key' | 'alias and key' | 'role' | '*';
  readonly why: string;
}

/**
 * The one list of IAM actions. Sources: KMS developer guide (multi-Region keys: permissions), service authorization
 * reference (resource types), contract sections 4 and 9: Thales' own list omits ReplicateKey, UpdatePrimaryRegion,
 * ListKeyRotations and RotateKeyOnDemand; Keyferry calls the first two, newer CCKM the third, and nothing here the last.
 */
export const iamActions: readonly IamAction[] = [
  ...actions('read', 'both', 'key', [
    ['kms:DescribeKey', 'state, origin and multi-Region configuration of each key'],
    ['kms:GetKeyPolicy', 'the key policy, compared with what is wanted'],
    ['kms:ListResourceTags', 'tags, compared with what is wanted'],
    ['kms:GetKeyRotationStatus', 'rotation, which CCKM reads with each key'],
    ['kms:ListKeyRotations', 'versions of the key material'],
  ]),
  ...actions('read', 'both', '*', [
    ['kms:ListKeys', 'synchronisation of CCKM with AWS'],
    ['kms:ListAliases', 'aliases of each key'],
  ]),
  ...actions('replicate', 'primary', 'key', [['kms:ReplicateKey', 'replicate a key']]),
  ...actions('replicate', 'replica', '*', [['kms:CreateKey', 'the replica that ReplicateKey makes there']]),
  ...actions('replicate', 'replica', 'key', [
    ['kms:TagResource', 'tags of the replica; also of a policy template of CCKM'],
  ]),
  ...actions('settings', 'replica', 'alias and key', [['kms:CreateAlias', 'the alias of the replica']]),
  ...actions('settings', 'replica', 'key', [['kms:PutKeyPolicy', 'the key policy of the replica']]),
  ...actions('import', 'replica', 'key', [
    ['kms:GetParametersForImport', 'import of material into a replica of an EXTERNAL key'],
    ['kms:ImportKeyMaterial', 'the same'],
  ]),
  ...actions('promote', 'both', 'key', [['kms:UpdatePrimaryRegion', 'promotion, on the primary and on the replica']]),
  ...actions('connect', 'any', '*', [['ec2:DescribeRegions', 'the Regions that the account has enabled']]),
  ...actions('connect', 'any', 'role', [
    ['sts:AssumeRole', 'containers whose CCKM settings name a role (assume_role_arn)'],
  ]),
];

function actions(
  purpose: PermissionPurpose,
  region: IamAction['region'],
  resource: IamAction['resource'],
  given: readonly (readonly [string, string])[],
): IamAction[] {
  return given.map(([action, why]) => ({ action, purpose, region, resource, why }));
}

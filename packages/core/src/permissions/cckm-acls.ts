/** An ACL that the CipherTrust user needs on the KMS containers of the AWS accounts. */
export interface CckmAcl {
  readonly acl: string;
  /** What Keyferry does with it. */
  readonly why: string;
  readonly needed: 'always' | 'import';
}

/**
 * The one list of CCKM's ACLs. Source: contract, sections 4 and 9 (`resource_aws_acls.go`). CCKM has no ACL of its own for
 * replicate-key and update-primary-region; that `keycreate` and `keyupdate` allow them is inferred.
 */
export const cckmAcls: readonly CckmAcl[] = [
  { acl: 'viewnative', why: 'list and read keys with material from AWS', needed: 'always' },
  { acl: 'viewbyok', why: 'list and read keys whose material was imported', needed: 'always' },
  { acl: 'keycreate', why: 'replicate keys', needed: 'always' },
  { acl: 'keyupdate', why: 'promote replicas, refresh keys, add aliases and tags', needed: 'always' },
  { acl: 'keysynchronize', why: 'find replicas that AWS has and CCKM does not list', needed: 'always' },
  { acl: 'keymaterialimport', why: 'import material into replicas of EXTERNAL keys', needed: 'import' },
];

/** An entry of a KMS container's ACLs: what a user or a group may do. */
export interface ContainerAcl {
  readonly userId: string | null;
  readonly group: string | null;
  readonly actions: readonly string[];
}

/** Groups of CipherTrust whose members need no ACLs. */
const administrators: readonly string[] = ['admin', 'CCKM Admins'];

/**
 * Which ACLs the user lacks on a container. Null: unknown, as for an administrator, who needs none, or where
 * the container names neither the user nor a group of the user.
 */
export function missingAcls(
  acls: readonly ContainerAcl[],
  user: { readonly id: string | null; readonly groups: readonly string[] },
): string[] | null {
  if (user.groups.some((group) => administrators.includes(group))) return null;
  const own = acls.filter(
    ({ userId, group }) => (userId !== null && userId === user.id) || (group !== null && user.groups.includes(group)),
  );
  if (own.length === 0) return null;
  const allowed = new Set(own.flatMap(({ actions }) => actions.map((action) => action.toLowerCase())));
  return cckmAcls.filter(({ acl }) => !allowed.has(acl)).map(({ acl }) => acl);
}

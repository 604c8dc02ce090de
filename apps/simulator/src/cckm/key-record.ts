import type { KmsKey } from '../kms/kms-key.ts';
import type { KmsContainer } from './kms-containers.ts';

/** Whom CCKM lets into the key's policy, when it wrote the policy. */
export interface Principals {
  readonly external_accounts: readonly string[];
  readonly key_admins: readonly string[];
  readonly key_admins_roles: readonly string[];
  readonly key_users: readonly string[];
  readonly key_users_roles: readonly string[];
}

export const nobody: Principals = {
  external_accounts: [],
  key_admins: [],
  key_admins_roles: [],
  key_users: [],
  key_users_roles: [],
};

/** CCKM's own record of a key: what it adds to AWS, and how far it is behind AWS. */
export interface KeyRecord {
  readonly id: string;
  readonly key: KmsKey;
  readonly container: KmsContainer;
  readonly createdAt: number;
  updatedAt: number;
  /** When AWS was last asked for this very key, by `refresh`. */
  refreshedAt: number;
  /** Cluster: reads that reach another node do not see it before. */
  readonly visibleFrom: number;
  /** EXTERNAL: the time in which CCKM says `Enabled` without having asked AWS. */
  readonly falseEnabled: { readonly from: number; readonly until: number } | null;
  /** The Region was taken out of the container, or the key is no more. */
  gone: boolean;
  principals: Principals;
  /** CCKM's own view of its last import. */
  lastImport: { readonly status: 'success' | 'failed'; readonly error: string; readonly at: number } | null;
}

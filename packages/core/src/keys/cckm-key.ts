/** A key as CCKM lists it, in our words. Null where CCKM says nothing. Source: CCKM contract, section 2.3. */
export interface CckmKey {
  /** CCKM's own id of this member of the set. */
  readonly id: string;
  /** The AWS key id, shared by a whole multi-Region set (`mrk-…`). */
  readonly keyId: string | null;
  readonly arn: string | null;
  readonly account: string | null;
  readonly region: string | null;
  readonly kmsId: string | null;
  readonly aliases: readonly string[];
  readonly description: string | null;
  readonly tags: readonly { readonly key: string; readonly value: string }[];
  /** The key policy as a JSON document; null also where it was left out of a large read. */
  readonly policy: unknown;
  /** CCKM's own lists of who may administer and use the key (`key_admins` …), those that are not empty. */
  readonly principals: Readonly<Record<string, readonly string[]>>;
  readonly origin: string | null;
  readonly keyState: string | null;
  /** When AWS made it. */
  readonly createdAt: Date | null;
  /** When CCKM last wrote down what AWS told of it, by CCKM's own clock. */
  readonly syncedAt: Date | null;
  readonly multiRegion: boolean;
  readonly multiRegionKeyType: string | null;
  readonly primaryKey: { readonly arn: string | null; readonly region: string | null } | null;
  readonly replicaKeys: readonly { readonly arn: string | null; readonly region: string | null }[];
  /** EXTERNAL: CipherTrust's own id of the key whose material was imported, and where that key lives. */
  readonly localKeyId: string | null;
  readonly keySource: string | null;
  /** EXTERNAL: the same place as import-material names it; null also where an older CCKM does not tell. */
  readonly sourceKeyTier: string | null;
  /** CCKM's rotation of a key with imported material makes a new AWS key: the one that this came from, and went to. */
  readonly rotatedFrom: string | null;
  readonly rotatedTo: string | null;
  /** EXTERNAL: `KEY_MATERIAL_EXPIRES` or `KEY_MATERIAL_DOES_NOT_EXPIRE`, and when. */
  readonly expirationModel: string | null;
  readonly validTo: string | null;
  /** AWS's id of the material in use, which all members of a set share; null also where an older CCKM does not tell. */
  readonly currentMaterialId: string | null;
  /** The Region is no longer listed in the KMS container: operations on this record fail. */
  readonly gone: boolean;
}

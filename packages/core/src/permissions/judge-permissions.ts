import { explainDenial } from './explain-denial.ts';

/** What is known of one account and one Region that replicas go to. */
export interface PermissionFacts {
  readonly account: string;
  readonly region: string;
  /** Names of the KMS containers of the account that have the Region. */
  readonly containers: readonly string[];
  /** ACLs that the CCKM user lacks on one of them; null: unknown. */
  readonly missingAcls: readonly string[] | null;
  /** Whether CCKM lets the user list keys there; null: it was not asked, or did not answer. */
  readonly listed: boolean | null;
  /** What became of calls there lately. */
  readonly succeeded: number;
  readonly denied: number;
  /** What AWS or CCKM said to the last call that it denied. */
  readonly lastDenial: string | null;
}

/** `not_checkable`: AWS answers no question about a permission without doing what is asked for. */
export interface PermissionVerdict {
  readonly account: string;
  readonly region: string;
  readonly verdict: 'ok' | 'denied' | 'not_checkable';
  readonly found: string;
  /** What to allow. */
  readonly allow: readonly string[];
}

/** Whether Keyferry may do its work in an account and a Region, from what CCKM says and from calls of the last 30 days. */
export function judgePermissions(facts: PermissionFacts): PermissionVerdict {
  const { account, region, containers, missingAcls, listed, succeeded, denied, lastDenial } = facts;
  const allow = [
    ...(containers.length === 0 ? [`Add ${region} to a KMS container of account ${account} in CCKM.`] : []),
    ...(missingAcls && missingAcls.length > 0
      ? [`Give the CCKM user the ACLs ${missingAcls.join(', ')} on KMS container ${containers.join(', ')}.`]
      : []),
    ...(listed === false ? ['Give the CCKM user the ACLs viewnative and viewbyok there.'] : []),
    ...(denied > 0 ? [explainDenial(lastDenial ?? '').advice] : []),
  ];
  const calls = [
    ...(succeeded > 0 ? [`${succeeded} replicas created or promoted in 30 days`] : []),
    ...(denied > 0 ? [`${denied} denied since`] : []),
  ];
  const found = [
    ...(containers.length === 0 ? ['in no KMS container of the account'] : []),
    ...(listed === true ? ['CCKM lists its keys'] : listed === false ? ['CCKM does not list its keys'] : []),
    ...(calls.length > 0 ? calls : ['no call in 30 days, so AWS permissions are not checkable']),
  ].join('; ');
  const verdict = allow.length > 0 ? 'denied' : succeeded > 0 ? 'ok' : 'not_checkable';
  return { account, region, verdict, found, allow };
}

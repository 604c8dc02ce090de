import { iamActions } from './iam-actions.ts';

/** Which policy denies a call, as far as the message of AWS says. */
export type DenialCause = 'iam' | 'key_policy' | 'scp' | 'unknown';

export interface Denial {
  /** The action that was denied; null where the message does not say. */
  readonly action: string | null;
  readonly cause: DenialCause;
  /** What to allow, and where. */
  readonly advice: string;
}

/** Reads what AWS denied from the message of an AccessDeniedException, as CCKM passes it on. */
export function explainDenial(message: string): Denial {
  const action = /perform:?\s+((?:kms|sts|ec2|iam):[A-Za-z]+)/.exec(message)?.[1] ?? null;
  const cause = causeOf(message);
  const known = iamActions.find((one) => one.action === action);
  const where =
    known === undefined
      ? ''
      : { primary: " in the primary's Region", replica: " in the replica's Region", both: ' in both Regions', any: '' }[
          known.region
        ];
  const what = action === null ? 'what keyferry permissions lists' : `${action}${where}`;
  const policy = {
    iam: `Allow ${what} in the IAM policy of the CCKM connection`,
    key_policy: `Allow ${what} in the key policy`,
    scp: `Exempt ${what} from the service control policy`,
    unknown: `Allow ${what} in the IAM policy of the CCKM connection and in the key policy; check service control policies`,
  }[cause];
  return { action, cause, advice: `${policy}: keyferry permissions prints the statements.` };
}

function causeOf(message: string): DenialCause {
  if (/service control policy|resource control policy/i.test(message)) return 'scp';
  if (/identity-based policy|permissions boundary|session policy/i.test(message)) return 'iam';
  return /resource-based policy/i.test(message) ? 'key_policy' : 'unknown';
}

/** The three forms in which a plan may name a key. */
export type KeyReference =
  | { readonly form: 'cckm_id'; readonly id: string }
  | { readonly form: 'mrk'; readonly keyId: string }
  | {
      readonly form: 'arn';
      readonly arn: string;
      readonly partition: string;
      readonly region: string;
      readonly account: string;
      readonly keyId: string;
    };

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const mrk = /^mrk-[0-9a-zA-Z-]{1,128}$/;
const arn = /^arn:(aws[a-z-]*):kms:((?:[a-z]+-){2,3}\d+):(\d{12}):key\/([0-9a-zA-Z-]{1,128})$/;

/**
 * Reads one entry of a plan's `keys`: a CCKM id (UUID), an AWS key id (`mrk-…`) or a KMS key ARN.
 * Answers null for anything else, aliases included: an alias names different keys in different Regions.
 */
export function parseKeyReference(text: string): KeyReference | null {
  if (uuid.test(text)) return { form: 'cckm_id', id: text.toLowerCase() };
  if (mrk.test(text)) return { form: 'mrk', keyId: text };
  const match = arn.exec(text);
  if (!match) return null;
  const [, partition = '', region = '', account = '', keyId = ''] = match;
  return { form: 'arn', arn: text, partition, region, account, keyId };
}

/** The forms in which a plan may name a key. */
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
    }
  | {
      readonly form: 'alias';
      /** With its `alias/`. */
      readonly alias: string;
      /** Null: in any account and Region. An alias ARN names both. */
      readonly place: { readonly region: string; readonly account: string } | null;
    };

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const mrk = /^mrk-[0-9a-zA-Z-]{1,128}$/;
const arn = /^arn:(aws[a-z-]*):kms:((?:[a-z]+-){2,3}\d+):(\d{12}):key\/([0-9a-zA-Z-]{1,128})$/;
const alias = /^(?:arn:aws[a-z-]*:kms:((?:[a-z]+-){2,3}\d+):(\d{12}):)?(alias\/(?!aws\/)[a-zA-Z0-9/_-]{1,250})$/;

/**
 * Reads one entry of a plan's `keys`: a CCKM id (UUID), an AWS key id (`mrk-…`), a KMS key ARN, an alias (`alias/…`) or
 * an alias ARN. Answers null for anything else.
 */
export function parseKeyReference(text: string): KeyReference | null {
  if (uuid.test(text)) return { form: 'cckm_id', id: text.toLowerCase() };
  if (mrk.test(text)) return { form: 'mrk', keyId: text };
  const key = arn.exec(text);
  if (key) {
    const [, partition = '', region = '', account = '', keyId = ''] = key;
    return { form: 'arn', arn: text, partition, region, account, keyId };
  }
  const [, region, account, name] = alias.exec(text) ?? [];
  if (name === undefined) return null;
  return {
    form: 'alias',
    alias: name,
    place: region !== undefined && account !== undefined ? { region, account } : null,
  };
}

/** Why a text is no key, and how to write one: for texts that `parseKeyReference` refuses. */
export function whyNoKey(text: string): string {
  if (/^arn:/i.test(text)) return whyNoArn(text);
  if (/^alias\/aws\//.test(text))
    return 'Aliases that begin with "alias/aws/" belong to AWS managed keys, which have no replicas.';
  if (/^alias\//.test(text)) return whyNoAlias(text.slice('alias/'.length));
  if (/^mrk/i.test(text)) return 'A multi-Region key id is "mrk-" in lower case, then its letters and digits.';
  if (/^[0-9a-f]{4,}-[0-9a-f-]+$/i.test(text)) {
    return `A CCKM key id is a UUID: 8-4-4-4-12 hexadecimal digits. This one is ${text
      .split('-')
      .map(({ length }) => length)
      .join('-')}.`;
  }
  if (/^\d{12}$/.test(text)) return 'This is an account id. To take all keys of an account, use Describe.';
  if (/^[\w/-]{1,250}$/.test(text)) return `If this is an alias, write alias/${text}.`;
  return 'Write a CCKM key id (a UUID), a multi-Region key id (mrk-…), a key ARN, or an alias (alias/…).';
}

const keyArn = 'arn:aws:kms:REGION:ACCOUNT:key/KEY-ID';

function whyNoArn(text: string): string {
  const [, partition = '', service, region = '', account = '', ...rest] = text.split(':');
  const resource = rest.join(':');
  if (rest.length === 0) return `This ARN is cut off. Write ${keyArn}.`;
  if (!text.startsWith('arn:') || !/^aws[a-z-]*$/.test(partition))
    return `An ARN begins with "arn:aws:". Write ${keyArn}.`;
  if (service !== 'kms') return `This ARN is of "${service}", not of KMS. Write ${keyArn}.`;
  if (!/^(?:[a-z]+-){2,3}\d+$/.test(region)) return `"${region}" is not an AWS Region. Write ${keyArn}.`;
  if (!/^\d{12}$/.test(account)) return `The account in this ARN is "${account}". An AWS account id has 12 digits.`;
  if (resource.startsWith('alias/aws/')) return whyNoKey(resource);
  if (resource.startsWith('alias/')) return whyNoAlias(resource.slice('alias/'.length));
  return `This ARN does not name a key. It ends with key/KEY-ID or alias/NAME; this one ends with "${resource}".`;
}

function whyNoAlias(name: string): string {
  if (name === '') return 'The name is missing: write alias/NAME.';
  const odd = /[^\w/-]/u.exec(name)?.[0];
  return odd === undefined
    ? 'An alias has at most 256 characters with its "alias/".'
    : `An alias has letters, digits, "/", "_" and "-" only, and no "${odd}". To match many aliases, use Describe.`;
}

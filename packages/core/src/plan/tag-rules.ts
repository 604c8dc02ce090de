import { z } from 'zod';
import type { CckmKey } from '../keys/cckm-key.ts';
import { policyTemplateTag } from '../keys/policy-template-tag.ts';
import { readGlob } from '../text/glob.ts';

/** A tag as replicate-key takes it. */
export interface Tag {
  readonly TagKey: string;
  readonly TagValue: string;
}

/** Which tags of a key count when it is compared with what was wanted, or copied. */
export interface TagRules {
  /** Patterns of tag keys that do not count, "*" for any characters. */
  readonly ignore: readonly string[];
  /** An extra tag is a difference too. */
  readonly exact: boolean;
}

/**
 * Only the tags that are named count: an organisation's own tagger adds others to every key.
 * Source: CCKM contract, section 9, row 8.
 */
export const namedTagsOnly: TagRules = { ignore: [], exact: false };

/** Patterns of tag keys. */
export const tagPatternsSchema = z
  .array(
    z
      .string()
      .regex(
        /^[\p{L}\p{N}\p{Z}_.:/=+\-@*]{1,128}$/u,
        'A pattern has 1 to 128 characters of a tag key; "*" matches any characters.',
      ),
  )
  .max(100);

/** The rules of a plan or policy, with the patterns that the installation ignores everywhere. */
export function tagRules(
  {
    ignore_tags = [],
    exact_tags = false,
  }: { ignore_tags?: readonly string[] | undefined; exact_tags?: boolean | undefined },
  ignoredEverywhere: readonly string[],
): TagRules {
  return { ignore: [...ignoredEverywhere, ...ignore_tags], exact: exact_tags };
}

/** AWS's own tags, which only AWS can set, and CCKM's mark of a policy template. */
const neverCompared = ['aws:*', policyTemplateTag];

const patterns = new Map<string, (text: string) => boolean>();

function matches(key: string, pattern: string): boolean {
  const known = patterns.get(pattern) ?? readGlob(pattern);
  if (patterns.size < 1_000) patterns.set(pattern, known);
  return known(key);
}

/** Whether a tag counts. */
export function isTagCompared(key: string, { ignore }: TagRules): boolean {
  return ![...neverCompared, ...ignore].some((pattern) => matches(key, pattern));
}

/** The tags of a key that count, as replicate-key takes them. */
export function comparedTags({ tags }: Pick<CckmKey, 'tags'>, rules: TagRules): Tag[] {
  return tags
    .filter(({ key }) => isTagCompared(key, rules))
    .map(({ key, value }) => ({ TagKey: key, TagValue: value }));
}

import type { ErrorCode } from '../errors/index.ts';
import type { PairBlock } from './block-of-pair.ts';
import { aliasSchema, descriptionSchema, maxPolicyBytes, maxTags, type ReplicaBlock } from './replica-block.ts';

/** A rule that a call would break, and how, as a sentence. */
export interface BrokenRule {
  readonly code: ErrorCode;
  readonly message: string;
}

/**
 * What KMS and CCKM would refuse of one pair's settings, known only now that overrides are laid over them and templates
 * are expanded; null: nothing. Lengths and characters: KMS SDK model and quotas, CCKM contract, section 2.3.
 */
export function checkBlock({ block, template, withoutAlias }: PairBlock): BrokenRule | null {
  if (withoutAlias.length > 0) {
    return {
      code: 'template_without_alias',
      message: `The plan's ${withoutAlias.join(' and ')} names {alias}, and the primary has none.`,
    };
  }
  const { Alias: alias, Description: description } = block.aws_param ?? {};
  if (alias !== undefined) {
    const wrong = aliasSchema.safeParse(alias).error?.issues[0];
    if (wrong)
      return { code: 'alias_out_of_bounds', message: `The alias would be "${shown(alias)}". ${wrong.message}` };
  }
  if (description !== undefined) {
    const wrong = descriptionSchema.safeParse(description).error?.issues[0];
    if (wrong) {
      return {
        code: 'description_out_of_bounds',
        message: `The description would have ${description.length} characters. ${wrong.message}`,
      };
    }
  }
  return checkTagsAndPolicy(template);
}

const shown = (text: string): string => (text.length <= 80 ? text : `${text.slice(0, 79)}…`);

/** The policy of a plan is the same for thousands of pairs, and may be long. */
const checked = new WeakMap<ReplicaBlock, BrokenRule | null>();

function checkTagsAndPolicy(block: ReplicaBlock): BrokenRule | null {
  const known = checked.get(block);
  if (known !== undefined) return known;
  const broken = tooManyTags(block) ?? tooLargePolicy(block);
  checked.set(block, broken);
  return broken;
}

function tooManyTags({ aws_param, policytemplate }: ReplicaBlock): BrokenRule | null {
  const tags = aws_param?.Tags?.length ?? 0;
  const ofCckm = policytemplate === undefined ? 0 : 1;
  if (tags + ofCckm <= maxTags) return null;
  return {
    code: 'tags_out_of_bounds',
    message:
      `The replica would have ${tags + ofCckm} tags` +
      `${ofCckm > 0 ? ', with the one by which CCKM marks the policy template' : ''}; KMS takes ${maxTags}.`,
  };
}

function tooLargePolicy({ aws_param }: ReplicaBlock): BrokenRule | null {
  if (aws_param?.Policy === undefined) return null;
  const bytes = new TextEncoder().encode(JSON.stringify(aws_param.Policy)).length;
  if (bytes <= maxPolicyBytes) return null;
  return {
    code: 'policy_out_of_bounds',
    message: `The key policy would have ${bytes} bytes as JSON; KMS takes ${maxPolicyBytes}.`,
  };
}

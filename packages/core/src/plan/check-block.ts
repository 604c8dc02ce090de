import type { ErrorCode } from '../errors/index.ts';
import { truncateText } from '../text/truncate-text.ts';
import type { PairBlock } from './block-of-pair.ts';
import {
  aliasSchema,
  descriptionSchema,
  maxTags,
  policySchema,
  type ReplicaBlock,
  tagsSchema,
} from './replica-block.ts';

/** A rule that a call would break, and how, as a sentence. */
export interface BrokenRule {
  readonly code: ErrorCode;
  readonly message: string;
}

/**
 * What KMS and CCKM would refuse of one pair's settings, known only now that overrides are laid over them, templates are
 * filled in and the primary's settings are read; null: nothing. Lengths and characters: KMS SDK model and quotas, CCKM
 * contract, section 2.3.
 */
export function checkBlock({ block, withoutAlias, unknown }: PairBlock): BrokenRule | null {
  if (withoutAlias.length > 0) {
    return {
      code: 'template_without_alias',
      message: `The plan's ${withoutAlias.join(' and ')} uses {alias}, but the primary has no alias.`,
    };
  }
  if (unknown.length > 0) {
    return {
      code: 'primary_settings_unknown',
      message: `The plan copies the primary's ${unknown.join(' and ')}, but CCKM does not show it.`,
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
  return tooManyTags(block) ?? wrongTags(block) ?? wrongPolicy(block);
}

/**
 * A plan may name the origin of its replicas as CCKM's documentation does; it is that of the key, and cannot be chosen. Null:
 * it names none, or the key's. Source: CCKM contract, section 2.5.
 */
export function checkOrigin({ aws_param }: ReplicaBlock, origin: string | null): BrokenRule | null {
  const wanted = aws_param?.Origin;
  if (wanted === undefined || origin === null || wanted === origin) return null;
  return { code: 'origin_mismatch', message: `The plan states the origin ${wanted}, but the key has ${origin}.` };
}

const shown = (text: string): string => truncateText(text, 80);

function tooManyTags({ aws_param, policytemplate }: ReplicaBlock): BrokenRule | null {
  const tags = aws_param?.Tags?.length ?? 0;
  const ofCckm = policytemplate === undefined ? 0 : 1;
  if (tags + ofCckm <= maxTags) return null;
  return {
    code: 'tags_out_of_bounds',
    message:
      `The replica would have ${tags + ofCckm} tags` +
      `${ofCckm > 0 ? ', including the one that CCKM adds for the policy template' : ''}; KMS allows ${maxTags}.`,
  };
}

function wrongTags({ aws_param: { Tags: tags } = {} }: ReplicaBlock): BrokenRule | null {
  return tags === undefined
    ? null
    : once(tags, () => {
        const wrong = tagsSchema.safeParse(tags).error?.issues[0];
        if (wrong === undefined) return null;
        const { TagKey, TagValue } = tags[Number(wrong.path[0])] ?? { TagKey: '', TagValue: '' };
        return {
          code: 'tags_out_of_bounds',
          message: `A tag would be "${shown(`${TagKey}=${TagValue}`)}". ${wrong.message}`,
        };
      });
}

function wrongPolicy({ aws_param: { Policy: policy } = {} }: ReplicaBlock): BrokenRule | null {
  return policy === undefined
    ? null
    : once(policy, () => {
        const wrong = policySchema.safeParse(policy).error?.issues[0];
        return wrong === undefined
          ? null
          : {
              code: 'policy_out_of_bounds',
              message: `The key policy is too large or contains other characters. ${wrong.message}`,
            };
      });
}

/** The tags and the policy of a plan are the same for thousands of pairs, and may be long. */
const checked = new WeakMap<object, BrokenRule | null>();

function once(value: object, check: () => BrokenRule | null): BrokenRule | null {
  const known = checked.get(value);
  if (known !== undefined) return known;
  const broken = check();
  checked.set(value, broken);
  return broken;
}

import type { CopiedField, principalLists } from '@keyferry/core';

type PrincipalList = (typeof principalLists)[number];

/** A name and a value, as in tags. */
export interface Pair {
  readonly name: string;
  readonly value: string;
}

/** A file of rows: its text where that is short enough to edit and to keep; else the file itself, which a reload forgets. */
export interface ManifestFile {
  readonly name: string;
  readonly text: string | null;
  readonly file: File | null;
}

/**
 * What a plan may say that the form has no field for. It is taken over from another plan as it is, shown, and can be taken out.
 * By its path in the plan.
 */
export const keptPaths = [
  'account_regions',
  'overrides',
  'replica.aws_param.BypassPolicyLockoutSafetyCheck',
  'replica.aws_param.Origin',
  'options.windows',
  'options.ignore_tags',
] as const;
export type KeptPath = (typeof keptPaths)[number];

/** A plan as it stands in the form: everything that was typed, also what is not (or not yet) part of the plan. */
export interface Draft {
  readonly name: string;
  /** How the keys are named; of the other ways what was typed is kept, and left out of the plan. */
  readonly source: 'keys' | 'selector' | 'manifest';
  readonly keysText: string;
  readonly manifest: ManifestFile | null;
  readonly selector: {
    readonly alias: string;
    readonly tags: readonly Pair[];
    readonly account: string;
    readonly region: string | null;
    readonly origin: string | null;
    readonly policy_template: string;
    readonly missing_in: readonly string[];
  };
  readonly regions: readonly string[];
  readonly alias: string;
  readonly description: string;
  readonly tags: readonly Pair[];
  /** What a replica gets as its primary has it. */
  readonly same: readonly CopiedField[];
  /** CCKM takes one way to set the policy, so there is one here. */
  readonly policyWay: 'default' | 'document' | 'template' | 'principals';
  readonly policyText: string;
  readonly policytemplate: string;
  readonly principals: Readonly<Record<PrincipalList, readonly string[]>>;
  readonly options: {
    readonly priority: number | '';
    readonly max_in_flight: number | '';
    readonly tolerance: 'unlimited' | 'count' | 'percent';
    readonly toleranceValue: number | '';
    readonly region_order: string;
    readonly max_attempts: number | '';
    readonly import_material: boolean;
    readonly replicas_as_primary: boolean;
    readonly follow_rotation: boolean;
    readonly skip_same_region: boolean;
    readonly exact_tags: boolean;
    readonly require_approval: boolean;
    readonly approvals: number | '';
    /** As an `<input type="datetime-local">` has it. */
    readonly start_at: string;
    readonly change_ticket: string;
  };
  readonly kept: Readonly<Partial<Record<KeptPath, unknown>>>;
}

export const emptyDraft: Draft = {
  name: '',
  source: 'keys',
  keysText: '',
  manifest: null,
  selector: { alias: '', tags: [], account: '', region: null, origin: null, policy_template: '', missing_in: [] },
  regions: [],
  alias: '',
  description: '',
  tags: [],
  same: [],
  policyWay: 'default',
  policyText: '',
  policytemplate: '',
  principals: { key_admins: [], key_admins_roles: [], key_users: [], key_users_roles: [], external_accounts: [] },
  options: {
    priority: 0,
    max_in_flight: 50,
    tolerance: 'unlimited',
    toleranceValue: 10,
    region_order: 'parallel',
    max_attempts: 8,
    import_material: true,
    replicas_as_primary: false,
    follow_rotation: false,
    skip_same_region: false,
    exact_tags: false,
    require_approval: false,
    approvals: 1,
    start_at: '',
    change_ticket: '',
  },
  kept: {},
};

/**
 * The plan that a draft says, as the API takes it; `keys` are those read from its text. What was left empty is left out,
 * and the plan may well be invalid.
 */
export function specOf(draft: Draft, keys: readonly string[]): Record<string, unknown> {
  const spec = {
    name: draft.name,
    ...(draft.source === 'keys' ? { keys } : {}),
    ...(draft.source === 'selector' ? { selector: selectorOf(draft.selector) } : {}),
    ...(draft.source === 'manifest' && draft.regions.length === 0 ? {} : { regions: draft.regions }),
    replica: replicaOf(draft),
    options: optionsOf(draft.options),
  };
  return Object.entries(draft.kept).reduce<Record<string, unknown>>(
    (whole, [path, value]) => withValue(whole, path.split('.'), value),
    spec,
  );
}

function withValue(holder: unknown, [name = '', ...rest]: readonly string[], value: unknown): Record<string, unknown> {
  const fields = (holder ?? {}) as Record<string, unknown>;
  return { ...fields, [name]: rest.length === 0 ? value : withValue(fields[name], rest, value) };
}

function selectorOf({ tags, ...fields }: Draft['selector']): Record<string, unknown> {
  const given = Object.entries(fields).filter(([, value]) => value !== null && value.length > 0);
  return {
    ...Object.fromEntries(given),
    ...(tags.length > 0 ? { tags: Object.fromEntries(tags.map(({ name, value }) => [name, value])) } : {}),
  };
}

function replicaOf(draft: Draft): Record<string, unknown> {
  const aws_param = {
    ...(draft.alias ? { Alias: draft.alias } : {}),
    ...(draft.description ? { Description: draft.description } : {}),
    ...(draft.tags.length > 0
      ? { Tags: draft.tags.map(({ name, value }) => ({ TagKey: name, TagValue: value })) }
      : {}),
    ...(draft.policyWay === 'document' ? { Policy: policyOf(draft.policyText) } : {}),
  };
  return {
    ...(draft.same.length > 0 ? { same_as_primary: draft.same } : {}),
    ...(Object.keys(aws_param).length > 0 ? { aws_param } : {}),
    ...(draft.policyWay === 'template' ? { policytemplate: draft.policytemplate } : {}),
    ...(draft.policyWay === 'principals'
      ? Object.fromEntries(Object.entries(draft.principals).filter(([, names]) => names.length > 0))
      : {}),
  };
}

/** The document that was typed; the text itself while it is no JSON, which the check then refuses. */
function policyOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function optionsOf(options: Draft['options']): Record<string, unknown> {
  const { tolerance, toleranceValue, start_at, change_ticket, approvals, skip_same_region, exact_tags, ...rest } =
    options;
  return {
    ...rest,
    ...(skip_same_region ? { skip_same_region } : {}),
    ...(exact_tags ? { exact_tags } : {}),
    ...(tolerance === 'unlimited' ? {} : { failure_tolerance: { [tolerance]: toleranceValue } }),
    ...(options.require_approval ? { approvals } : {}),
    ...(start_at === '' ? {} : { start_at: new Date(start_at).toISOString() }),
    ...(change_ticket === '' ? {} : { change_ticket }),
  };
}

import { type ManifestSpec, type PlanSpec, policyWays, principalLists } from '@keyferry/core';
import { type Draft, emptyDraft, type KeptPath, keptPaths } from './draft.ts';

/** A valid plan, which a form can be filled from: one that names its keys, or one whose manifest names them. */
export type FilledSpec = PlanSpec | ManifestSpec;

/** The draft that says the same as a plan. Only what a manifest's file names cannot be taken over: it is to be chosen again. */
export function draftOf(spec: FilledSpec): Draft {
  const { keys, selector } = spec as Partial<PlanSpec>;
  return {
    ...emptyDraft,
    name: spec.name,
    source: keys ? 'keys' : selector ? 'selector' : 'manifest',
    keysText: keys?.join('\n') ?? '',
    selector: selector ? selectorDraft(selector) : emptyDraft.selector,
    regions: spec.regions,
    ...replicaDraft(spec.replica),
    options: optionsDraft(spec.options),
    kept: keptOf(spec),
  };
}

/** The same for another plan like it: what was about that one alone is left out. */
export function draftLike(spec: FilledSpec): Draft {
  const draft = draftOf(spec);
  return {
    ...draft,
    name: `${spec.name.slice(0, 190)} (copy)`,
    options: { ...draft.options, start_at: '', change_ticket: '' },
  };
}

function selectorDraft({ tags = {}, ...fields }: NonNullable<PlanSpec['selector']>): Draft['selector'] {
  return {
    ...emptyDraft.selector,
    ...(fields as Partial<Draft['selector']>),
    tags: Object.entries(tags).map(([name, value]) => ({ name, value })),
  };
}

function replicaDraft(replica: FilledSpec['replica']): Partial<Draft> {
  const { Alias = '', Description = '', Tags = [], Policy } = replica.aws_param ?? {};
  const ways = policyWays(replica);
  return {
    alias: Alias,
    description: Description,
    tags: Tags.map(({ TagKey, TagValue }) => ({ name: TagKey, value: TagValue })),
    same: replica.same_as_primary ?? [],
    policyWay: ways.includes('aws_param.Policy')
      ? 'document'
      : ways.includes('policytemplate')
        ? 'template'
        : ways.includes('key users and admins')
          ? 'principals'
          : 'default',
    policyText: ways.includes('aws_param.Policy') ? JSON.stringify(Policy, null, 2) : '',
    policytemplate: replica.policytemplate ?? '',
    principals: {
      ...emptyDraft.principals,
      ...Object.fromEntries(principalLists.map((list) => [list, replica[list] ?? []])),
    },
  };
}

function optionsDraft(options: FilledSpec['options']): Draft['options'] {
  const { failure_tolerance, start_at, change_ticket, windows: _windows, ignore_tags: _tags, ...rest } = options;
  return {
    ...emptyDraft.options,
    ...rest,
    skip_same_region: options.skip_same_region ?? false,
    exact_tags: options.exact_tags ?? false,
    ...toleranceDraft(failure_tolerance),
    start_at: start_at === null ? '' : asLocalInput(new Date(start_at)),
    change_ticket: change_ticket ?? '',
  };
}

function toleranceDraft(
  tolerated: FilledSpec['options']['failure_tolerance'],
): Pick<Draft['options'], 'tolerance' | 'toleranceValue'> {
  if (tolerated === undefined) return { tolerance: 'unlimited', toleranceValue: emptyDraft.options.toleranceValue };
  return 'count' in tolerated
    ? { tolerance: 'count', toleranceValue: tolerated.count }
    : { tolerance: 'percent', toleranceValue: tolerated.percent };
}

/** As an `<input type="datetime-local">` has it, by this browser's clock. */
function asLocalInput(time: Date): string {
  const local = new Date(time.getTime() - time.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 19);
}

function keptOf(spec: FilledSpec): Draft['kept'] {
  const found = keptPaths.map((path): [KeptPath, unknown] => [path, valueAt(spec, path)]);
  return Object.fromEntries(found.filter(([, value]) => value !== undefined && !isEmpty(value)));
}

function valueAt(spec: FilledSpec, path: KeptPath): unknown {
  return path
    .split('.')
    .reduce<unknown>((holder, name) => (holder as Record<string, unknown> | undefined)?.[name], spec);
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

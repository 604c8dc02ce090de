import {
  checkInput,
  countOf,
  formatNumber,
  type InputError,
  inSentence,
  manifestSpecSchema,
  planSpecSchema,
} from '@keyferry/core';
import type { Draft, Pair } from './draft.ts';
import type { ReadKeys } from './read-keys.ts';

/** From and to, of options that are whole numbers. */
export const wholeNumbers = {
  priority: [0, 100],
  max_in_flight: [1, 10_000],
  max_attempts: [1, 100],
  approvals: [1, 5],
} as const;

/**
 * All that stands against submitting a draft: by the rules of the API, in the words of the form, and what the form alone can see:
 * entries that are no keys and would be left out, a missing manifest, tags that are given twice.
 */
export function findErrors(draft: Draft, named: ReadKeys, spec: object): readonly InputError[] {
  const checked = checkInput(draft.source === 'manifest' ? manifestSpecSchema : planSpecSchema, spec);
  const unreadable = draft.source === 'keys' ? unreadableKeys(named) : [];
  const byRules = 'errors' in checked ? checked.errors.map((error) => inFormWords(draft, error)) : [];
  const errors = [
    ...unreadable,
    ...byRules.filter(({ path }) => path !== 'keys' || unreadable.length === 0),
    ...missingManifest(draft),
    ...(draft.source === 'selector' ? repeatedTag('selector.tags', draft.selector.tags) : []),
  ];
  return [...new Map(errors.map((error) => [`${error.path} ${error.message}`, error])).values()];
}

function unreadableKeys({ unreadable }: ReadKeys): InputError[] {
  const [first] = unreadable;
  if (first === undefined) return [];
  const lines = [...new Set(unreadable.map(({ line }) => line))];
  const message =
    unreadable.length === 1
      ? `Line ${formatNumber(first.line)} is not a key.`
      : `${countOf(unreadable.length, 'entry', 'entries')} are not keys, in ${linesInWords(lines)}.`;
  return [{ path: 'keys', code: 'invalid_key', message }];
}

/** `line 3`, `lines 3, 5 and 9`. */
export function linesInWords(lines: readonly number[]): string {
  const shown = lines.slice(0, 5).map((line) => formatNumber(line));
  return `${lines.length === 1 ? 'line' : 'lines'} ${inSentence(lines.length > 5 ? [...shown, `${formatNumber(lines.length - 5)} more`] : shown)}`;
}

function missingManifest({ source, manifest }: Draft): InputError[] {
  if (source !== 'manifest') return [];
  if (manifest === null || manifest.text?.trim() === '') {
    return [{ path: 'manifest', code: 'required', message: 'Choose a file, or paste its rows.' }];
  }
  if (manifest.text !== null || manifest.file !== null) return [];
  const message = `Choose ${manifest.name} again: a file of its size is not kept with the draft.`;
  return [{ path: 'manifest', code: 'required', message }];
}

/** A selector has each tag once: of two the plan would have the last alone. */
function repeatedTag(path: string, tags: readonly Pair[]): InputError[] {
  const twice = tags.find(({ name }, i) => tags.findIndex((other) => other.name === name) < i);
  return twice ? [{ path, code: 'duplicate_key', message: `The tag "${twice.name}" is given twice.` }] : [];
}

/** An error of the plan as an error of its form, which has fields and no names of fields. */
function inFormWords(draft: Draft, error: InputError): InputError {
  const message =
    ownWords(draft, error.path) ??
    error.message.replace(/^Too big: expected string .*?(\d+) characters$/, 'At most $1 characters.');
  return { ...error, message };
}

function ownWords(draft: Draft, path: string): string | null {
  const option = path.replace(/^options\./, '') as keyof typeof wholeNumbers;
  if (path.startsWith('options.') && option in wholeNumbers) {
    const [from, to] = wholeNumbers[option];
    return `Enter a whole number from ${from} to ${formatNumber(to)}.`;
  }
  if (path.startsWith('options.failure_tolerance')) {
    return draft.options.tolerance === 'count'
      ? 'Enter how many replicas may fail: a whole number, 0 or more.'
      : 'Enter a percentage from 0 to 100.';
  }
  if (path === 'selector') return 'Fill in at least one field: without any, every key would be taken.';
  if (path === 'replica.same_as_primary') return copiedAndSet(draft);
  if (path === 'replica.aws_param.Policy') return whyNoPolicy(draft.policyText);
  return null;
}

function copiedAndSet(draft: Draft): string {
  const set: readonly (string | false)[] = [
    draft.policyWay !== 'default' && 'policy',
    draft.tags.length > 0 && 'tags',
    draft.alias !== '' && 'alias',
    draft.description !== '' && 'description',
  ];
  const both = draft.same.filter((field) => set.includes(field));
  return `Both copied from the primary and set below: ${inSentence(both)}. Untick it here, or clear it below.`;
}

/** Null: it is JSON, and something else is wrong with it. */
function whyNoPolicy(text: string): string | null {
  if (text.trim() === '') return 'Enter a policy document.';
  try {
    const policy: unknown = JSON.parse(text);
    return typeof policy === 'object' && policy !== null && !Array.isArray(policy)
      ? null
      : 'A policy document is a JSON object: { "Version": "2012-10-17", "Statement": [ … ] }.';
  } catch (error) {
    return `This is not JSON. ${(error as Error).message}`;
  }
}

/** What nobody has filled in yet is not called wrong before somebody wants to submit it. */
export function isFilledIn(draft: Draft, path: string): boolean {
  if (path === 'name') return draft.name !== '';
  if (path === 'keys') return draft.keysText !== '';
  if (path === 'manifest') return draft.manifest !== null;
  if (path === 'selector') return false;
  if (path === 'regions') return draft.regions.length > 0;
  if (path.startsWith('replica.aws_param.Policy')) return draft.policyText !== '';
  if (path === 'replica.policytemplate') return draft.policytemplate !== '';
  return true;
}

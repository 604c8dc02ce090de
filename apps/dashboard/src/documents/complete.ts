import { type JsonSchema, pathText } from '@keyferry/core';

/** Something that can be written at the cursor. */
export interface Completion {
  readonly label: string;
  /** What is put in the place of `from` to the cursor. */
  readonly insert: string;
  readonly detail: string;
  readonly required: boolean;
}

export interface CompletionsAt {
  /** The field at the cursor, as `steps[0].timeout`; empty: the document. */
  readonly path: string;
  readonly title: string;
  readonly description: string;
  /** Where what is written of it begins. */
  readonly from: number;
  readonly options: readonly Completion[];
}

type Path = readonly (string | number)[];

/** A line of block-style YAML: which mapping it belongs to, and the field that it writes. */
interface Entry {
  readonly line: number;
  readonly holder: Path;
  readonly name: string;
  readonly value: string;
}

interface Frame {
  readonly indent: number;
  readonly step: string | number;
}

const field = /^(["']?)([\w$./-]+)\1:(?:\s+(.*)|)$/;

/**
 * What a JSON Schema allows at a place of a YAML document: names of fields, or values. It goes by indentation, so that it
 * works in a document that is not finished and cannot be parsed yet. Flow style is followed within a line only.
 */
export function completionsAt(text: string, offset: number, schema: JsonSchema): CompletionsAt {
  const start = offset === 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1;
  const line = text.slice(0, start).split('\n').length - 1;
  const { entries, cursor } = outline(text, line, text.slice(start, offset));
  const others = entries.filter((entry) => entry.line !== line);
  const { holder, name, begun } = cursor;
  const path = name === null ? holder : [...holder, name, ...(cursor.inList ? [0] : [])];
  const nodes = nodesAt(schema, path, others);
  const told = nodes.find(({ title, description }) => title !== undefined || description !== undefined);
  const used = new Set(others.filter((entry) => samePath(entry.holder, holder)).map((entry) => entry.name));
  const holders = name === null ? nodes.filter(({ properties }) => properties !== undefined) : [];
  const fields = holders.flatMap((node) => fieldsOf(node, schema, ' '.repeat(cursor.indent)));
  const offered = fields
    .filter(({ label }) => !used.has(label))
    // Of several alternatives: what each of them requires.
    .map((one) => ({ ...one, required: holders.every((node) => requiredOf(node).includes(one.label)) }));
  const values = valuesOf(nodes, schema).map((value) => ({ ...value, insert: `${cursor.gap}${value.insert}` }));
  return {
    path: pathText(path),
    title: words(told?.title),
    description: words(told?.description),
    from: offset - begun.length,
    options: matching(unique([...offered, ...values]), begun),
  };
}

const words = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Where the cursor is: in the place of a value of `name`, or, with null, of a field or an item. */
interface Cursor {
  readonly holder: Path;
  readonly name: string | null;
  readonly inList: boolean;
  /** What is written of it already. */
  readonly begun: string;
  readonly indent: number;
  /** What must stand between the colon and a value. */
  readonly gap: string;
}

function outline(text: string, cursorLine: number, prefix: string): { entries: Entry[]; cursor: Cursor } {
  const entries: Entry[] = [];
  const frames: Frame[] = [];
  let cursor: Cursor | null = null;
  for (const [line, whole] of text.split('\n').entries()) {
    if (line === cursorLine) cursor = cursorIn([...frames], prefix);
    if (whole.trim() === '' || whole.trimStart().startsWith('#')) continue;
    const { indent, rest } = enter(frames, whole);
    const [, , name = '', value = ''] = field.exec(rest) ?? [];
    if (name === '') continue;
    entries.push({ line, holder: frames.map(({ step }) => step), name, value: value.trim() });
    frames.push({ indent, step: name });
  }
  return { entries, cursor: cursor ?? cursorIn(frames, prefix) };
}

/** Goes to the mapping that a line belongs to: out of what it is not part of, and into the items that it begins. */
function enter(frames: Frame[], whole: string): { indent: number; rest: string } {
  let indent = whole.length - whole.trimStart().length;
  let rest = whole.trimStart();
  for (let dash = beginsItem(rest); dash > 0; dash = beginsItem(rest)) {
    // Items may stand as deep as the name of their list.
    leave(frames, indent + 1);
    const before = frames.at(-1);
    const next = typeof before?.step === 'number' && before.indent === indent;
    if (next) frames.pop();
    frames.push({ indent, step: next ? Number(before.step) + 1 : 0 });
    indent += dash;
    rest = rest.slice(dash);
  }
  leave(frames, indent);
  return { indent, rest };
}

/** Out of all that stands so deep or deeper. */
function leave(frames: Frame[], indent: number): void {
  while ((frames.at(-1)?.indent ?? -1) >= indent) frames.pop();
}

/** How long the dash of an item is with the spaces behind it; 0: none begins here. */
const beginsItem = (rest: string): number => /^-(?:\s+|$)/.exec(rest)?.[0].length ?? 0;

function cursorIn(frames: Frame[], prefix: string): Cursor {
  const { indent, rest } = enter(frames, prefix);
  const holder = frames.map(({ step }) => step);
  const [, , name, value = ''] = /^(["']?)([\w$./-]+)\1:(.*)$/.exec(rest) ?? [];
  if (name === undefined) return { holder, name: null, inList: false, begun: rest, indent, gap: '' };
  const list = /^\s*\[(?:.*,)?\s*([^,[\]]*)$/.exec(value);
  const begun = (list?.[1] ?? value).trimStart();
  return { holder, name, inList: list !== null, begun, indent, gap: value === '' ? ' ' : '' };
}

/** The schemas that hold at a path; several where one of several may. */
function nodesAt(root: JsonSchema, path: Path, entries: readonly Entry[]): JsonSchema[] {
  let nodes = variantsOf(root, root, [], entries);
  for (const [i, step] of path.entries()) {
    nodes = nodes
      .flatMap((node) => childOf(node, step))
      .flatMap((node) => variantsOf(node, root, path.slice(0, i + 1), entries));
  }
  return nodes;
}

function childOf({ properties, items, additionalProperties: more }: JsonSchema, step: string | number): JsonSchema[] {
  if (typeof step === 'number') return items === undefined ? [] : [items];
  const own = properties?.[step];
  if (own !== undefined) return [own];
  return typeof more === 'object' ? [more] : [];
}

/** A schema and those of its alternatives that fit what is written at its place. */
function variantsOf(node: JsonSchema, root: JsonSchema, at: Path, entries: readonly Entry[]): JsonSchema[] {
  const reference = node.$ref;
  if (typeof reference === 'string') {
    const found = reference
      .split('/')
      .slice(1)
      .reduce<unknown>((one, name) => (one as JsonSchema)?.[name], root);
    return found === undefined || found === node ? [] : variantsOf(found as JsonSchema, root, at, entries);
  }
  const written = new Map(entries.filter(({ holder }) => samePath(holder, at)).map(({ name, value }) => [name, value]));
  const fits = (one: JsonSchema) =>
    Object.entries(one.properties ?? {}).every(([name, { const: only }]) => {
      const value = written.get(name);
      return only === undefined || value === undefined || value === '' || value.replace(/["']/g, '') === String(only);
    });
  const others = [node.anyOf, node.oneOf, node.allOf].flatMap((some) => (some ?? []) as readonly JsonSchema[]);
  return [node, ...others.filter(fits).flatMap((one) => variantsOf(one, root, at, entries))];
}

const requiredOf = ({ required }: JsonSchema) => (required ?? []) as readonly string[];

function fieldsOf(node: JsonSchema, root: JsonSchema, indent: string): Completion[] {
  return Object.entries(node.properties ?? {})
    .filter(([name]) => name !== '$schema')
    .map(([name, schema]) => {
      const all = variantsOf(schema, root, [], []);
      const holdsFields = all.some(({ properties }) => properties !== undefined);
      const holdsItems = all.some(({ items }) => items !== undefined && hasFields(items, root));
      const after = holdsItems ? `\n${indent}  - ` : holdsFields ? `\n${indent}  ` : ' ';
      const detail = words(schema.description) || words(schema.title);
      return { label: name, insert: `${name}:${after}`, detail, required: requiredOf(node).includes(name) };
    });
}

const hasFields = (node: JsonSchema, root: JsonSchema) =>
  variantsOf(node, root, [], []).some(({ properties }) => properties !== undefined);

function valuesOf(nodes: readonly JsonSchema[], root: JsonSchema): Completion[] {
  const all = nodes.flatMap((node) => [node, ...(node.items ? variantsOf(node.items, root, [], []) : [])]);
  return all.flatMap((node) => {
    const allowed = (node.enum ?? (node.const === undefined ? [] : [node.const])) as readonly unknown[];
    const flags = node.type === 'boolean' ? [true, false] : [];
    const examples = ((node.examples ?? []) as readonly unknown[]).filter((one) => typeof one !== 'object');
    const detail = (value: unknown) => (value === node.default ? 'default' : '');
    return [...allowed, ...flags, ...examples].map((value) => ({
      label: String(value),
      insert: asYaml(value),
      detail: detail(value),
      required: false,
    }));
  });
}

/** A text that YAML would read as something else stands in quotes. */
function asYaml(value: unknown): string {
  const plain = typeof value !== 'string' || /^[A-Za-z/][\w./-]*$/.test(value);
  return plain ? String(value) : JSON.stringify(value);
}

function unique(options: readonly Completion[]): Completion[] {
  return [...new Map(options.toReversed().map((one) => [one.label, one])).values()].reverse();
}

/** What starts with what is typed, else what contains it; required fields first. */
function matching(options: readonly Completion[], begun: string): Completion[] {
  const sought = begun.replace(/^["']/, '').toLowerCase();
  const begin = options.filter(({ label }) => label.toLowerCase().startsWith(sought));
  const fitting = begin.length > 0 ? begin : options.filter(({ label }) => label.toLowerCase().includes(sought));
  return fitting.toSorted((a, b) => Number(b.required) - Number(a.required));
}

const samePath = (a: Path, b: Path): boolean => a.length === b.length && a.every((step, i) => step === b[i]);

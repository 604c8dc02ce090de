import { checkInput, type FileKind, type InputError, kindError } from '@keyferry/core';
import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml';

/** One thing that is wrong with a document, and where it stands. Lines count from 1. */
export interface Fault {
  readonly line: number;
  readonly path: string;
  readonly message: string;
}

export interface ReadDocument<Data> {
  /** As written; null: it is not readable as fields. */
  readonly spec: Readonly<Record<string, unknown>> | null;
  /** With its defaults; null: something is wrong with it. */
  readonly data: Data | null;
  readonly faults: readonly Fault[];
  /** Where errors of the API stand in it. */
  readonly place: (errors: readonly InputError[]) => Fault[];
}

/** A schema that the API checks documents with. */
export type DocumentSchema = Parameters<typeof checkInput>[0];

/** Reads YAML, or JSON, and checks it by the schema of the API. `kind`: what its field `kind` may say; null: it has none. */
export function readDocument<Data>(text: string, schema: DocumentSchema, kind: FileKind | null): ReadDocument<Data> {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    logLevel: 'silent',
    schema: 'core',
    resolveKnownTags: false,
  });
  const lineAt = (offset: number) => Math.max(1, lines.linePos(offset).line);
  const place = (errors: readonly InputError[]): Fault[] =>
    errors
      .map(({ path, message }) => ({ line: lineAt(offsetOf(document, path)), path, message }))
      .sort((a, b) => a.line - b.line);
  const unreadable = (faults: readonly Fault[]) => ({ spec: null, data: null, faults, place });

  const broken = [...document.errors, ...document.warnings];
  if (broken.length > 0) {
    return unreadable(broken.map(({ pos, message }) => ({ line: lineAt(pos[0]), path: '', message })));
  }
  let value: unknown;
  try {
    value = document.toJS();
  } catch (error) {
    return unreadable([{ line: 1, path: '', message: (error as Error).message }]);
  }
  if (value === null) return unreadable([{ line: 1, path: '', message: 'The document is empty.' }]);
  if (typeof value !== 'object' || Array.isArray(value)) {
    return unreadable([{ line: 1, path: '', message: 'Expected fields, such as "name: tier-1".' }]);
  }
  const { $schema: _schema, ...fields } = value as Record<string, unknown>;
  const { kind: said, ...rest } = fields;
  const wrongKind = kind === null ? null : kindError(said, kind);
  if (wrongKind !== null) return unreadable(place([{ path: 'kind', code: 'wrong_kind', message: wrongKind }]));
  const spec = kind === null ? fields : rest;
  const checked = checkInput(schema, spec);
  return 'errors' in checked
    ? { spec, data: null, faults: place(checked.errors), place }
    : { spec, data: checked.data as Data, faults: [], place };
}

/** Where a path such as `regions[1]` stands: its value, the name of a field without one, or else what holds it. */
function offsetOf(document: Document, path: string): number {
  const parts = [...path.matchAll(/[^.[\]]+/g)].map(([part]) => (/^\d+$/.test(part) ? Number(part) : part));
  for (let length = parts.length; length >= 0; length -= 1) {
    const holder = document.getIn(parts.slice(0, length), true);
    if (length < parts.length && !isNode(holder)) continue;
    const name = length > 0 ? nameOf(document, parts.slice(0, length)) : undefined;
    if (name !== undefined) return name;
    if (isNode(holder) && holder.range) return holder.range[0];
  }
  return 0;
}

/** Where the name of a field stands. */
function nameOf(document: Document, parts: readonly (string | number)[]): number | undefined {
  const holder = parts.length > 1 ? document.getIn(parts.slice(0, -1), true) : document.contents;
  if (!isMap(holder)) return undefined;
  const pair = holder.items.find(({ key }) => isScalar(key) && String(key.value) === String(parts.at(-1)));
  return isNode(pair?.key) ? pair.key.range?.[0] : undefined;
}

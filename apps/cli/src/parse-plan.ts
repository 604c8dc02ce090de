import { type FileKind, kindError } from '@keyferry/core';
import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml';
import { type DocumentFault, examineDocument } from './examine-document.ts';
import { byLine, type Fault } from './fault.ts';

/** The values of a plan file, and where each of them stands. */
export interface ParsedPlan {
  readonly spec: Record<string, unknown>;
  /** A fault at a path such as `regions[1]`, where its value stands, or what holds it; `atName`: where its name stands. */
  faultAt(path: string, code: string, message: string, atName?: boolean): Fault;
  /** How the value at a path is written; null where it is not a plain value. */
  sourceAt(path: string): string | null;
}

/**
 * Reads YAML or JSON (which is YAML) as plain data: no tag is followed, nothing is executed, expanded or fetched. Answers
 * what is wrong with it as a document, all of it at once; `parsed` is null where it is not to be read at all. `advice` is
 * for a document without fields; what says that it is of another kind than `expected` is refused.
 */
export function parsePlan(
  text: string,
  advice = 'This is not a plan. Write "name:", "keys:" and "regions:".',
  expected: FileKind = 'Plan',
): { readonly parsed: ParsedPlan | null; readonly faults: readonly Fault[] } {
  const lines = new LineCounter();
  const place = ({ offset, ...rest }: DocumentFault): Fault => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col), ...rest };
  };
  try {
    const document = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      logLevel: 'error',
      schema: 'core',
      resolveKnownTags: false,
      // Told with their path by `examineDocument`; the parser's own look is quadratic.
      uniqueKeys: false,
    });
    const broken = document.errors.map(({ code, pos, message }) => ({
      offset: pos[0],
      path: '',
      code: code === 'MULTIPLE_DOCS' ? 'several_documents' : 'invalid_yaml',
      message: code === 'MULTIPLE_DOCS' ? 'Write one document per file, without "---" in between.' : sentence(message),
    }));
    // The parser is recursive, and reports a stack overflow as an error in the text.
    if (document.errors.some(({ message }) => message.startsWith('Maximum call stack'))) return tooDeep;
    if (broken.length > 0) return { parsed: null, faults: broken.map(place).sort(byLine) };
    const tags = document.warnings
      .filter(({ code }) => code === 'TAG_RESOLVE_FAILED')
      .map(({ pos }) => ({
        offset: pos[0],
        path: '',
        code: 'tag',
        message: 'YAML tags are not supported; remove it.',
      }));
    const found = examineDocument(document);
    const faults = [...tags, ...found].map(place).sort(byLine);
    if (found.some(({ code }) => code !== 'duplicate_key')) return { parsed: null, faults };
    const spec: unknown = document.toJS({ maxAliasCount: -1 });
    if (typeof spec !== 'object' || spec === null || Array.isArray(spec)) {
      const wrong = { offset: 0, path: '', code: 'not_a_plan', message: advice };
      return { parsed: null, faults: [...faults, place(wrong)] };
    }
    // For editors the one, for commands the other: what is sent has neither.
    const { $schema: _schema, kind, ...plan } = spec as Record<string, unknown>;
    const wrong = kindError(kind, expected);
    if (wrong !== null) {
      const offset = offsetOf(document, 'kind', false);
      return { parsed: null, faults: [place({ offset, path: 'kind', code: 'wrong_kind', message: wrong })] };
    }
    const parsed: ParsedPlan = {
      spec: plan,
      faultAt: (path, code, message, atName = false) =>
        place({ offset: offsetOf(document, path, atName), path, code, message }),
      sourceAt: (path) => {
        const node = document.getIn(partsOf(path), true);
        return isScalar(node) && node.range ? text.slice(node.range[0], node.range[1]) : null;
      },
    };
    return { parsed, faults };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return tooDeep;
  }
}

const tooDeep = {
  parsed: null,
  faults: [{ line: 1, column: 1, path: '', code: 'too_deep', message: 'Nested too deeply.' }],
};

function sentence(message: string): string {
  return `${message.replace(/[.\s]+$/, '')}.`;
}

function partsOf(path: string): (string | number)[] {
  return [...path.matchAll(/[^.[\]]+/g)].map(([part]) => (/^\d+$/.test(part) ? Number(part) : part));
}

function offsetOf(document: Document, path: string, atName: boolean): number {
  const parts = partsOf(path);
  if (atName) {
    const holder = parts.length > 1 ? document.getIn(parts.slice(0, -1), true) : document.contents;
    const pair = isMap(holder)
      ? holder.items.find(({ key }) => isScalar(key) && String(key.value) === String(parts.at(-1)))
      : undefined;
    if (isNode(pair?.key) && pair.key.range) return pair.key.range[0];
  }
  for (let length = parts.length; length >= 0; length -= 1) {
    const node = length === 0 ? document.contents : document.getIn(parts.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}

import {
  adviseUnknownField,
  checkInput,
  type InputError,
  kindError,
  manifestSpecSchema,
  planSpecSchema,
} from '@keyferry/core';
import type { Document } from 'yaml';
import type { FilledSpec } from './draft-of-spec.ts';
import type { LineFault } from './line-faults.tsx';

/** A fault from one place of a text to another, in UTF-16 units. */
interface Fault {
  readonly from: number;
  readonly to: number;
  readonly why: string;
}

type ReadPlan = { readonly spec: FilledSpec } | { readonly faults: readonly LineFault[] };

/** Reads a plan in YAML or JSON (which is YAML) and checks it as the API will; or all that is wrong with it, by line. */
export async function readPlanFile(text: string): Promise<ReadPlan> {
  const { parseDocument } = await import('yaml');
  const document = parseDocument(text, {
    prettyErrors: false,
    logLevel: 'error',
    schema: 'core',
    resolveKnownTags: false,
  });
  const broken = document.errors.map(({ pos: [from, to], message }) => ({ from, to, why: message }));
  if (broken.length > 0) return { faults: broken.map(lineFaultIn(text)) };
  const given = plainData(document);
  if (given === null) {
    const why = 'This is not a plan. A plan begins with "name:", "keys:" and "regions:".';
    return { faults: [lineFaultIn(text)({ from: 0, to: 0, why })] };
  }
  const { $schema: _schema, kind, ...spec } = given;
  const at = await placesIn(document);
  const wrongKind = kindError(kind, 'Plan');
  if (wrongKind !== null) return { faults: [{ ...at('kind', false), why: wrongKind }].map(lineFaultIn(text)) };
  if (spec.operation === 'promote') {
    const why = 'This form makes replicas. Submit a promotion with: keyferry plan submit -f FILE';
    return { faults: [{ ...at('operation', false), why }].map(lineFaultIn(text)) };
  }
  // Without keys it is the rest of a plan whose keys a manifest names.
  const named = 'keys' in spec || 'selector' in spec;
  const checked = checkInput(named ? planSpecSchema : manifestSpecSchema, spec);
  if ('data' in checked) return { spec: checked.data };
  const faults = checked.errors.map((error) => ({
    ...at(error.path, error.code === 'unknown_field'),
    why: whyOf(error),
  }));
  return { faults: faults.toSorted((a, b) => a.from - b.from).map(lineFaultIn(text)) };
}

function whyOf({ path, code, message }: InputError): string {
  if (code === 'unknown_field') return `There is no field "${path}". ${adviseUnknownField(path)}`;
  return path === '' ? message : `${path}: ${message}`;
}

/** Its fields; null: it has none, or is more than can be read. */
function plainData(document: Document): Record<string, unknown> | null {
  try {
    const data: unknown = document.toJS({ maxAliasCount: 100 });
    return typeof data === 'object' && data !== null && !Array.isArray(data) ? (data as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

/** Where the value at a path stands, or what holds it; `atName`: where its name stands. */
async function placesIn(document: Document): Promise<(path: string, atName: boolean) => Omit<Fault, 'why'>> {
  const { isMap, isNode, isScalar } = await import('yaml');
  const rangeOf = (node: unknown) =>
    isNode(node) && node.range ? { from: node.range[0], to: node.range[1] } : undefined;
  return (path, atName) => {
    const parts = [...path.matchAll(/[^.[\]]+/g)].map(([part]) => (/^\d+$/.test(part) ? Number(part) : part));
    for (let length = parts.length; length > 0; length -= 1) {
      const holder = length === 1 ? document.contents : document.getIn(parts.slice(0, length - 1), true);
      const pair = isMap(holder)
        ? holder.items.find(({ key }) => isScalar(key) && String(key.value) === String(parts[length - 1]))
        : undefined;
      const found = rangeOf(atName ? pair?.key : document.getIn(parts.slice(0, length), true)) ?? rangeOf(pair?.key);
      if (found) return found;
    }
    return { from: 0, to: 0 };
  };
}

/** A fault as one of a line: what of it stands in later lines is not marked. */
function lineFaultIn(text: string): (fault: Fault) => LineFault {
  return ({ from, to, why }) => {
    const start = text.lastIndexOf('\n', Math.max(0, from - 1)) + 1;
    const begin = from === 0 ? 0 : start;
    const end = text.indexOf('\n', from);
    const line = text.slice(begin, end < 0 ? undefined : end);
    return {
      line: text.slice(0, from).split('\n').length,
      text: line,
      mark: [from - begin, Math.min(Math.max(to, from + 1) - begin, line.length)],
      why,
    };
  };
}

import { z } from 'zod';

/** A synchronisation job of CCKM: what it says of itself, and of which accounts and Regions it says that they failed. */
export interface Synchronization {
  readonly id: string | null;
  readonly state: 'running' | 'done' | 'failed';
  readonly failures: readonly SynchronizationFailure[];
}

export interface SynchronizationFailure {
  /** The account, container and Region by the names of the fields around it, outermost first. */
  readonly where: readonly string[];
  readonly said: string;
}

const jobObject = z.looseObject({
  id: z.string().nullish().catch(null),
  overall_status: z.string().nullish().catch(null),
  status: z.string().nullish().catch(null),
  detailed_status: z.unknown().optional(),
});

const failedText = /fail|error|denied|exception|abort|cancel|invalid|unauthori[sz]ed|timed? ?out/i;
const doneText = /success|complete|finished|done|partial/i;
/** Fields of an entry that say what became of it, and those that say of what it speaks. */
const statusNames = ['error', 'error_message', 'message', 'status', 'overall_status', 'result'];
const placeNames = ['account', 'account_id', 'kms', 'kms_id', 'kms_name', 'region', 'name'];

/**
 * Reads a job. `detailed_status` nests by account and Region, as objects or as lists, in shapes that no source tells apart:
 * every text in it that speaks of a failure counts, with the names that lead to it. Source: CCKM contract, section 9.
 */
export function parseSynchronization(json: unknown): Synchronization {
  const job = jobObject.safeParse(json).data;
  const overall = job?.overall_status ?? job?.status ?? '';
  const failures = [...failuresIn(parsedDetail(job?.detailed_status), [])];
  const state = failedText.test(overall) ? 'failed' : doneText.test(overall) ? 'done' : 'running';
  return { id: job?.id ?? null, state, failures };
}

/** Whether a failure may be about an account and a Region: it names neither, or it names these. */
export function isAbout(
  { where }: SynchronizationFailure,
  { account, region }: { readonly account: string; readonly region: string },
): boolean {
  const names = (pattern: RegExp, own: string) => {
    const named = where.filter((name) => pattern.test(name));
    return named.length === 0 || named.includes(own);
  };
  return names(/^[a-z]{2,4}(-[a-z]+){1,3}-\d+$/, region) && names(/^\d{12}$/, account);
}

function* failuresIn(detail: unknown, where: readonly string[]): Generator<SynchronizationFailure> {
  if (typeof detail === 'string') {
    if (failedText.test(detail)) yield { where, said: detail.slice(0, 300) };
    return;
  }
  if (Array.isArray(detail)) {
    for (const entry of detail as unknown[]) yield* failuresIn(entry, where);
    return;
  }
  if (typeof detail !== 'object' || detail === null) return;
  const fields = detail as Readonly<Record<string, unknown>>;
  const textOf = (name: string) => (typeof fields[name] === 'string' && fields[name] !== '' ? fields[name] : null);
  const place = [...where, ...placeNames.flatMap((name) => textOf(name) ?? [])];
  const statuses = statusNames.flatMap((name) => textOf(name) ?? []);
  if (statuses.some((status) => failedText.test(status)) || textOf('error') || textOf('error_message')) {
    yield { where: place, said: (statuses[0] ?? 'failed').slice(0, 300) };
    return;
  }
  for (const [name, value] of Object.entries(fields)) {
    if (!statusNames.includes(name) && !placeNames.includes(name)) yield* failuresIn(value, [...place, name]);
  }
}

/** Some versions send it as JSON in a string. */
function parsedDetail(detail: unknown): unknown {
  if (typeof detail !== 'string') return detail;
  try {
    return JSON.parse(detail);
  } catch {
    return detail;
  }
}

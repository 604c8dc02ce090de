import { CckmError } from './cckm-error.ts';
import type { HttpAnswer } from './http-exchange.ts';
import { parseList } from './parse-key.ts';

/** A list of CCKM, and how it is asked for. */
export interface ListCall {
  readonly operation: string;
  readonly path: string;
  /** Without skip, limit and sort. */
  readonly query: Readonly<Record<string, string>>;
  /** Items on a page; -1 asks for all of them at once. */
  readonly limit: number;
  readonly sort?: string | undefined;
  /** A 404 is about what the path names, not about a parameter. */
  readonly ofOneKey?: boolean;
}

/** One page, and which filters CCKM did not take, so that it holds more than was asked for. */
export interface ListPage {
  readonly items: readonly unknown[];
  /** How many items there are by CCKM's word; null: it does not say. */
  readonly total: number | null;
  readonly leftOut: readonly string[];
  readonly answer: HttpAnswer;
}

/** Parameters that one version of CCKM or another does not take, the likeliest first. Source: contract, sections 2.2 and 9. */
const leftOutFirst = ['multi_region_key_type', 'sort', 'multi_region', 'gone', 'kms_id', 'region'];
/** Limits that are asked for in the place of one that CCKM does not take; the last is its own default. */
const smallerLimits = [100, 10];
/** How a server refuses a parameter. A 403 is about the user, not about the parameter. */
const refusals = [400, 404, 405, 422, 501];
/** How long a refusal is remembered: CCKM may be upgraded meanwhile. */
const rememberedMs = 15 * 60_000;
const maxPages = 10_000;

/** Until when a parameter of an operation is left out, by both; `limit` holds the one that was taken instead. */
export type RefusedParameters = Map<string, { readonly until: number; readonly limit: number | null }>;

/**
 * Reads lists of CCKM whatever parameters its version takes: what it refuses is left out, one parameter after the other,
 * and stays left out for a while. Throws CckmError.
 */
export class ListReader {
  readonly #read: (operation: string, path: string) => Promise<HttpAnswer>;
  readonly #now: () => number;
  readonly #refused: RefusedParameters;

  constructor(
    read: (operation: string, path: string) => Promise<HttpAnswer>,
    { now = Date.now, refused = new Map() }: { now?: () => number; refused?: RefusedParameters } = {},
  ) {
    this.#read = read;
    this.#now = now;
    this.#refused = refused;
  }

  /** The page from `skip` on. */
  async page(call: ListCall, skip: number): Promise<ListPage> {
    const leftOut = new Set(leftOutFirst.filter((name) => this.#isRefused(call, name)));
    let limit = this.#limitOf(call);
    let first: unknown = null;
    for (;;) {
      try {
        const answer = await this.#read(call.operation, pathOf(call, { skip, limit, leftOut }));
        const list = parseList(answer.json);
        if (list === null) throw notAList(answer);
        if (first !== null) this.#remember(call, leftOut, limit);
        return { ...list, leftOut: [...leftOut], answer };
      } catch (error) {
        // Past its first page a list has shown that its parameters are taken.
        if (skip > 0 || !isRefusal(call, error)) throw first ?? error;
        first ??= error;
        const next = nextToLeaveOut(call, leftOut, limit, error);
        if (next === null) throw first;
        if (typeof next === 'number') limit = next;
        else leftOut.add(next);
      }
    }
  }

  /**
   * Every page, each item once by what `idOf` answers (null: it is no item). Ends at the total that CCKM states; without one,
   * at a page with nothing new on it: a short page may come from a server that caps the page size.
   */
  async *pages<T>(
    call: ListCall,
    read: (item: unknown) => T | null,
    idOf: (item: T, place: number) => string,
  ): AsyncGenerator<Omit<ListPage, 'items'> & { readonly items: readonly T[] }> {
    const seen = new Set<string>();
    let skip = 0;
    for (let pages = 0; pages < maxPages; pages += 1) {
      const page = await this.page(call, skip);
      const fresh = page.items.flatMap((item, i) => {
        const one = read(item);
        const id = one === null ? null : idOf(one, skip + i);
        if (one === null || id === null || seen.has(id)) return [];
        seen.add(id);
        return [one];
      });
      yield { ...page, items: fresh };
      skip += page.items.length;
      if (fresh.length === 0 || (page.total !== null && skip >= page.total)) return;
    }
  }

  #isRefused({ operation }: ListCall, name: string): boolean {
    return (this.#refused.get(`${operation} ${name}`)?.until ?? 0) > this.#now();
  }

  #limitOf(call: ListCall): number {
    const known = this.#refused.get(`${call.operation} limit ${call.limit}`);
    return known && known.until > this.#now() && known.limit !== null ? known.limit : call.limit;
  }

  #remember(call: ListCall, leftOut: ReadonlySet<string>, limit: number): void {
    const until = this.#now() + rememberedMs;
    for (const name of leftOut) this.#refused.set(`${call.operation} ${name}`, { until, limit: null });
    if (limit !== call.limit) this.#refused.set(`${call.operation} limit ${call.limit}`, { until, limit });
  }
}

const isRefusal = ({ ofOneKey }: ListCall, error: unknown): error is CckmError =>
  error instanceof CckmError &&
  refusals.includes(error.httpStatus ?? 0) &&
  !(ofOneKey === true && error.httpStatus === 404);

/** What the refusal names, else the likeliest; a smaller limit once nothing is left to leave out; null: nothing is left. */
function nextToLeaveOut(
  call: ListCall,
  leftOut: ReadonlySet<string>,
  limit: number,
  { message }: CckmError,
): string | number | null {
  const sent = leftOutFirst.filter((name) => isSent(call, name) && !leftOut.has(name));
  const smaller = smallerLimits.find((one) => limit < 0 || one < limit) ?? null;
  // The longest name first: `multi_region` is part of `multi_region_key_type`.
  const named = [...sent].sort((a, b) => b.length - a.length).find((name) => message.includes(name));
  if (named !== undefined) return named;
  if (/\blimit\b/i.test(message) && smaller !== null) return smaller;
  return sent[0] ?? smaller;
}

/** A list that is asked for by key id or alias without that would be another list. */
const isSent = ({ query, sort }: ListCall, name: string): boolean =>
  name === 'sort' ? sort !== undefined : query[name] !== undefined;

function pathOf(
  { path, query, sort }: ListCall,
  { skip, limit, leftOut }: { skip: number; limit: number; leftOut: ReadonlySet<string> },
): string {
  const parameters = new URLSearchParams({
    ...Object.fromEntries(Object.entries(query).filter(([name]) => !leftOut.has(name))),
    skip: String(skip),
    limit: String(limit),
    ...(sort === undefined || leftOut.has('sort') ? {} : { sort }),
  });
  return `${path}?${parameters}`;
}

function notAList({ httpStatus, requestId }: HttpAnswer): CckmError {
  const message = 'CCKM returned something that is not a list.';
  return new CckmError({ code: 'unreadable_answer', message, mayHaveLanded: true, httpStatus, requestId });
}

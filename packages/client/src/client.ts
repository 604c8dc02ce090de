import type {
  LoginView,
  MatrixBucketsView,
  MatrixView,
  PlanView,
  ProblemDocument,
  ReplicaCellView,
  ReplicaView,
} from '@keyferry/core';
import type { AnswerOf, OperationName, PathOf, QueryInput, RequestOf, StreamedOperation } from '@keyferry/operations';
import { ProblemError, UnreachableError } from './errors.ts';
import { type DrillEvent, followDrill, followPlan, followPlans, type PlanEvent } from './follow-plan.ts';

export interface KeyferryClientOptions {
  /** The address of the API, e.g. `http://127.0.0.1:4400`. */
  readonly url: string;
  /** Null: in a browser that has signed in, whose cookie speaks for it. */
  readonly token: string | null;
  /** For one call, milliseconds; streams are not bounded. */
  readonly timeoutMs?: number;
}

export interface EventsOptions {
  readonly signal?: AbortSignal;
  /** What is sent of replicas that change: all, their states for a matrix, or nothing. */
  readonly fields?: 'all' | 'matrix' | 'plan';
}

export type ReplicaFilter = Omit<QueryInput<'GET /v1/plans/{id}/replicas'>, 'limit' | 'cursor'>;

/** Operations that answer JSON, or nothing. */
type AskedOperation = Exclude<OperationName, StreamedOperation>;
type Answer<Name extends AskedOperation> = [AnswerOf<Name>] extends [never] ? undefined : AnswerOf<Name>;
/** What an operation takes; left out where all of it may be. */
type Given<Name extends OperationName> =
  Partial<RequestOf<Name>> extends RequestOf<Name> ? [given?: RequestOf<Name>] : [given: RequestOf<Name>];

/** A typed client of Keyferry's own API. Throws ProblemError for what the API refuses, UnreachableError when it is not there. */
export interface KeyferryClient {
  /** Any operation that answers JSON, by its name: `request('GET /v1/plans/{id}', { id })`. The table of operations has its types. */
  request(
    name: 'GET /v1/plans/{id}/matrix',
    given: PathOf<'GET /v1/plans/{id}/matrix'> & { readonly query: { readonly buckets: number } },
  ): Promise<MatrixBucketsView>;
  request(name: 'GET /v1/plans/{id}/matrix', given: RequestOf<'GET /v1/plans/{id}/matrix'>): Promise<MatrixView>;
  request<Name extends AskedOperation>(name: Name, ...given: Given<Name>): Promise<Answer<Name>>;
  /** An answer that may be long, as it arrives: a report, an export, an evidence pack. */
  stream<Name extends StreamedOperation>(name: Name, ...given: Given<Name>): Promise<ReadableStream<Uint8Array>>;
  /** Submits a plan whose keys stand in a file; a file-backed Blob is read as it is sent. Takes up to `uploadMs`. */
  createPlanFromManifest(
    spec: object,
    manifest: { readonly rows: Blob; readonly fileName: string },
    options?: { idempotencyKey?: string },
  ): Promise<PlanView>;
  eachReplica(planId: string, filter?: ReplicaFilter): AsyncGenerator<ReplicaView>;
  /** Follows a plan until it is finished; reconnects by itself. */
  events(planId: string, options: EventsOptions & { fields: 'matrix' }): AsyncGenerator<PlanEvent<ReplicaCellView>>;
  events(planId: string, options?: EventsOptions): AsyncGenerator<PlanEvent>;
  /** Follows a drill until it is finished; reconnects by itself. */
  drillEvents(id: string, options?: { signal?: AbortSignal }): AsyncGenerator<DrillEvent>;
  /** Follows all plans that are not finished, until it is stopped; reconnects automatically and then gets all plans again. */
  allEvents(options?: { signal?: AbortSignal }): AsyncGenerator<PlanEvent>;
  /** How a person may sign in; needs no token. */
  waysToSignIn(): Promise<LoginView>;
  isReady(): Promise<boolean>;
}

/** How long an upload may take: the API itself waits no longer for a request. */
const uploadMs = 300_000;

/** What an operation is given, as it is sent. */
interface Sent {
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
  readonly idempotencyKey?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly [parameter: string]: unknown;
}

export function createKeyferryClient({ url, token, timeoutMs = 30_000 }: KeyferryClientOptions): KeyferryClient {
  const base = url.replace(/\/+$/, '');

  const open = async (
    path: string,
    init: RequestInit & { headers?: Record<string, string> } = {},
  ): Promise<Response> => {
    let response: Response;
    try {
      response = await fetch(`${base}${path}`, {
        ...init,
        headers: {
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
          accept: 'application/json',
          ...init.headers,
        },
      });
    } catch (error) {
      if (
        init.signal?.aborted &&
        !(init.signal.reason instanceof DOMException && init.signal.reason.name === 'TimeoutError')
      )
        throw error;
      throw new UnreachableError(`Cannot reach Keyferry at ${base}${reasonOf(error)}.`, { cause: error });
    }
    if (!response.ok) throw await problemOf(response, base);
    return response;
  };
  const request = async (name: string, given: Sent = {}): Promise<unknown> => {
    const { body, idempotencyKey, signal } = given;
    const isForm = body instanceof FormData;
    const response = await open(pathOf(name, given), {
      method: methodOf(name),
      signal: AbortSignal.any([AbortSignal.timeout(isForm ? uploadMs : timeoutMs), ...(signal ? [signal] : [])]),
      headers: {
        ...(body === undefined || isForm ? {} : { 'content-type': 'application/json' }),
        ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
      },
      ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
    });
    if (response.status === 204) return undefined;
    try {
      return await response.json();
    } catch (error) {
      throw new UnreachableError(`The response of ${base} ended early.`, { cause: error });
    }
  };
  const openEvents =
    (name: OperationName, given: Sent) =>
    (lastEventId: string | null, signal: AbortSignal): Promise<Response> => {
      const last = lastEventId === null ? {} : { 'last-event-id': lastEventId };
      return open(pathOf(name, given), { headers: { accept: 'text/event-stream', ...last }, signal });
    };

  const client: KeyferryClient = {
    request: request as KeyferryClient['request'],
    stream: async (name, given?: Sent) => {
      const { body } = await open(pathOf(name, given), { headers: { accept: '*/*' } });
      if (body === null) throw new UnreachableError('The response has no body.');
      return body;
    },
    createPlanFromManifest: (spec, { rows, fileName }, options) => {
      const form = new FormData();
      form.append('spec', JSON.stringify(spec));
      form.append('manifest', rows, fileName);
      return client.request('POST /v1/plans', { body: form, ...options });
    },
    async *eachReplica(id, filter = {}) {
      let cursor: string | null = null;
      do {
        const query = { ...filter, limit: 1000, cursor };
        const page: AnswerOf<'GET /v1/plans/{id}/replicas'> = await client.request('GET /v1/plans/{id}/replicas', {
          id,
          query,
        });
        yield* page.items;
        cursor = page.next_cursor;
      } while (cursor !== null);
    },
    events: (id: string, { signal, fields }: EventsOptions = {}) =>
      followPlan(openEvents('GET /v1/plans/{id}/events', { id, query: { fields } }), signal),
    drillEvents: (id, { signal } = {}) => followDrill(openEvents('GET /v1/drills/{id}/events', { id }), signal),
    allEvents: ({ signal } = {}) => followPlans((abort) => openEvents('GET /v1/events', {})(null, abort), signal),
    waysToSignIn: async () => (await request('GET /v1/login')) as LoginView,
    isReady: async () => {
      try {
        return (await fetch(`${base}/readyz`, { signal: AbortSignal.timeout(timeoutMs) })).ok;
      } catch {
        return false;
      }
    },
  };
  return client;
}

function methodOf(name: string): string {
  return name.slice(0, name.indexOf(' '));
}

/** The path of an operation with what is given in place of its parameters, and the query. */
function pathOf(name: string, { query = {}, ...given }: Sent = {}): string {
  const path = name.slice(name.indexOf(' ') + 1);
  const named = path.replaceAll(/\{(\w+)\}/g, (_whole, parameter: string) =>
    encodeURIComponent(String(given[parameter])),
  );
  return `${named}${queryText(query)}`;
}

/** Why there was no connection, e.g. ` (ECONNREFUSED)`, where fetch tells it. */
function reasonOf(error: unknown): string {
  const { code } = ((error as { cause?: unknown }).cause ?? {}) as { code?: unknown };
  return typeof code === 'string' ? ` (${code})` : '';
}

/** A list is named once for each of its values. */
function queryText(fields: Readonly<Record<string, unknown>>): string {
  const given = Object.entries(fields).flatMap(([name, value]) => [value].flat().map((one) => [name, one] as const));
  const told = given.filter(([, value]) => value !== undefined && value !== null);
  const params = new URLSearchParams(told.map(([name, value]): [string, string] => [name, String(value)]));
  return told.length === 0 ? '' : `?${params}`;
}

async function problemOf(response: Response, base: string): Promise<Error> {
  const text = await response.text().catch(() => '');
  try {
    const document = JSON.parse(text) as Partial<ProblemDocument>;
    if (typeof document.title === 'string' && typeof document.status === 'number') {
      const after = Number(response.headers.get('retry-after') ?? Number.NaN);
      return new ProblemError(document as ProblemDocument, after >= 0 ? after : null);
    }
  } catch {
    // Not ours: reported below.
  }
  return new UnreachableError(
    `${base} answered with HTTP ${response.status} without a problem document: is it Keyferry?`,
  );
}

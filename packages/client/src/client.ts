import type {
  ApprovalRulesHistory,
  ApprovalRulesView,
  AuditEntryView,
  AuditKeyView,
  CallerView,
  CircuitResetView,
  Counts,
  CoverageCellView,
  CoverageCheckView,
  CoverageCode,
  CoverageMatrixView,
  CoveragePolicyView,
  CoverageState,
  CreatedTokenView,
  DeliveryState,
  DeliveryView,
  DrillTimesView,
  EstateView,
  FailuresView,
  LaneView,
  Limits,
  MatrixBucketsView,
  MatrixView,
  NewApprovalRules,
  NewToken,
  OverviewView,
  Page,
  PlanListedView,
  PlanSpecInput,
  PlanState,
  PlanView,
  PreviewView,
  ProblemDocument,
  RegionGroup,
  RegionGroupView,
  ReplicaCellView,
  ReplicaDetailView,
  ReplicaState,
  ReplicaView,
  ScheduleInput,
  ScheduleView,
  ThroughputView,
  TokenView,
  WebhookInput,
  WebhookView,
  WebhookWithSecretView,
} from '@keyferry/core';
import { type DrillsClient, drillsClient } from './drills.ts';
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

export interface ReplicaFilter {
  readonly state?: ReplicaState | undefined;
  readonly region?: string | undefined;
  readonly key?: string | undefined;
  readonly error_code?: string | undefined;
  /** true: only replicas that differ from the request; false: only the others. */
  readonly differs?: boolean | undefined;
}

export interface PlanFilter {
  readonly state?: PlanState | readonly PlanState[];
  /** Part of the name. */
  readonly q?: string;
}

/** Which keys of a plan: those with such a replica, and of which the text is part. */
export interface MatrixFilter {
  readonly state?: ReplicaState | undefined;
  readonly region?: string | undefined;
  readonly q?: string | undefined;
}

/** Which cells of a check; of its matrix, which keys have such a one. */
export interface CoverageFilter {
  /** One of them, where there are several. */
  readonly state?: CoverageState | readonly CoverageState[] | undefined;
  readonly region?: string | undefined;
  readonly q?: string | undefined;
}

export interface CoverageCellFilter extends CoverageFilter {
  readonly code?: CoverageCode | undefined;
  readonly key?: string | undefined;
}

export interface KeyListFilter {
  readonly q?: string | undefined;
  readonly account?: string | undefined;
  readonly region?: string | undefined;
  readonly missing_in?: string | undefined;
  readonly multi_region?: boolean | undefined;
}

export interface AuditFilter {
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
  readonly object_id?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

export interface EventsOptions {
  readonly signal?: AbortSignal;
  /** What is told of replicas that change: all, their states for a matrix, or nothing. */
  readonly fields?: 'all' | 'matrix' | 'plan';
}

export interface PageOptions {
  readonly limit?: number;
  readonly cursor?: string | null;
}

/** What an approver has looked at. */
export interface ApprovalInput {
  readonly spec_sha256: string;
  readonly resolved_sha256?: string;
  readonly limits?: Partial<Limits>;
  readonly comment?: string;
}

export type PlanCommandName = 'pause' | 'resume' | 'cancel' | 'execute';

/** `oidc`: where signing in with an organisation's own account begins; null: there is no such way. */
export interface WaysToSignIn {
  readonly token: boolean;
  readonly oidc: { readonly url: string; readonly issuer: string } | null;
}

/** A typed client of Keyferry's own API. Throws ProblemError for what the API refuses, UnreachableError when it is not there. */
export interface KeyferryClient extends DrillsClient {
  createPlan(spec: PlanSpecInput | object, options?: { idempotencyKey?: string }): Promise<PlanView>;
  /** Submits a plan whose keys stand in a file; a file-backed Blob is read as it is sent. Takes up to `uploadMs`. */
  createPlanFromManifest(
    spec: object,
    manifest: { readonly rows: Blob; readonly fileName: string },
    options?: { idempotencyKey?: string },
  ): Promise<PlanView>;
  getPlan(id: string): Promise<PlanView>;
  /** What a plan would do, or was to do. */
  getPreview(planId: string): Promise<PreviewView>;
  /** Newest first, without their specs: `getPlan` has each. */
  listPlans(options?: PageOptions & PlanFilter): Promise<Page<PlanListedView>>;
  /** A plan's keys × Regions: a page, by cursor or from any place; `stateLetters` of the core says what the cells mean. */
  getMatrix(
    planId: string,
    filter?: MatrixFilter,
    page?: PageOptions & { offset?: number; signal?: AbortSignal },
  ): Promise<MatrixView>;
  /** The same from afar: all keys in at most so many slices. */
  getMatrixBuckets(planId: string, buckets: number): Promise<MatrixBucketsView>;
  /** What became of a plan's replicas, in at most so many slices of time. */
  getThroughput(planId: string, points?: number): Promise<ThroughputView>;
  /** What failed in a plan or is blocked, by cause and Region. */
  getFailures(planId: string): Promise<FailuresView>;
  /** All of the installation at a glance. */
  getOverview(): Promise<OverviewView>;
  listReplicas(planId: string, filter?: ReplicaFilter, page?: PageOptions): Promise<Page<ReplicaView>>;
  eachReplica(planId: string, filter?: ReplicaFilter): AsyncGenerator<ReplicaView>;
  getReplica(planId: string, replicaId: string): Promise<ReplicaDetailView>;
  command(planId: string, command: PlanCommandName): Promise<PlanView>;
  /** Approves a plan as it was looked at; a ProblemError when it is another by now. */
  approvePlan(planId: string, approval: ApprovalInput): Promise<PlanView>;
  retryPlan(planId: string, filter?: { error_code?: string; region?: string }): Promise<PlanView>;
  changePlan(planId: string, options: Record<string, unknown>): Promise<PlanView>;
  /** The rules about which plans, schedules and drills need which approvals. */
  getApprovalRules(): Promise<ApprovalRulesView>;
  /** Replaces all of them; a ProblemError when another version than the one named is in force. */
  putApprovalRules(rules: NewApprovalRules): Promise<ApprovalRulesView>;
  /** Their versions, newest first; `before`: older than this one. */
  listApprovalRules(page?: { limit?: number; before?: number }): Promise<ApprovalRulesHistory>;
  listRegionGroups(): Promise<Page<RegionGroupView>>;
  /** Makes a group, or changes what it stands for in plans that are submitted from now on. */
  putRegionGroup(name: string, group: RegionGroup): Promise<RegionGroupView>;
  deleteRegionGroup(name: string): Promise<void>;
  listCoveragePolicies(page?: PageOptions): Promise<Page<CoveragePolicyView>>;
  getCoveragePolicy(name: string): Promise<CoveragePolicyView>;
  /** Makes a policy or changes it; the same again changes nothing. */
  putCoveragePolicy(policy: { readonly name: string } & object): Promise<CoveragePolicyView>;
  deleteCoveragePolicy(name: string): Promise<void>;
  /** Asks for a check of a policy by name, or of one that is not stored. */
  checkCoverage(policy: string | object, options?: { proof?: boolean }): Promise<CoverageCheckView>;
  getCoverageCheck(id: string): Promise<CoverageCheckView>;
  /** The checks of a policy, newest first. */
  listCoverageChecks(name: string, page?: PageOptions): Promise<Page<CoverageCheckView>>;
  listCoverageCells(checkId: string, filter?: CoverageCellFilter, page?: PageOptions): Promise<Page<CoverageCellView>>;
  getCoverageMatrix(
    checkId: string,
    filter?: CoverageFilter,
    page?: PageOptions & { offset?: number; signal?: AbortSignal },
  ): Promise<CoverageMatrixView>;
  /** Makes the plan of the replicas that a check found missing. */
  closeCoverageGaps(
    checkId: string,
    options?: { mode?: 'execute' | 'preview'; name?: string; options?: Record<string, unknown> },
  ): Promise<PlanView>;
  createSchedule(schedule: ScheduleInput | object): Promise<ScheduleView>;
  getSchedule(id: string): Promise<ScheduleView>;
  listSchedules(options?: PageOptions): Promise<Page<ScheduleView>>;
  replaceSchedule(id: string, schedule: ScheduleInput | object): Promise<ScheduleView>;
  deleteSchedule(id: string): Promise<void>;
  /** Makes a run now and answers its plan. */
  runSchedule(id: string): Promise<PlanView>;
  /** What CCKM lists, as it was last read; asking keeps it fresh. */
  listKeys(filter?: KeyListFilter, page?: PageOptions): Promise<EstateView>;
  listLanes(): Promise<Page<LaneView>>;
  changeLane(laneId: string, change: { quota_per_second: number | null }): Promise<LaneView>;
  /** Closes the circuit of a lane, or of `cckm`. */
  resetCircuit(id: string): Promise<CircuitResetView>;
  /** Makes an API token; the answer is the only one that holds it. */
  createToken(token: Partial<NewToken> & Pick<NewToken, 'name' | 'role'>): Promise<CreatedTokenView>;
  listTokens(page?: PageOptions): Promise<Page<TokenView>>;
  revokeToken(id: string): Promise<void>;
  /** Has plan events told to another system; the answer is the only one that holds the secret. */
  createWebhook(webhook: WebhookInput): Promise<WebhookWithSecretView>;
  getWebhook(id: string): Promise<WebhookView>;
  listWebhooks(page?: PageOptions): Promise<Page<WebhookView>>;
  replaceWebhook(id: string, webhook: WebhookInput): Promise<WebhookView>;
  deleteWebhook(id: string): Promise<void>;
  /** The answer holds the new secret. */
  rotateWebhookSecret(id: string): Promise<WebhookWithSecretView>;
  testWebhook(id: string): Promise<DeliveryView>;
  listDeliveries(webhookId: string, options?: PageOptions & { state?: DeliveryState }): Promise<Page<DeliveryView>>;
  redeliver(webhookId: string, deliveryId: string): Promise<DeliveryView>;
  /** Entries of the audit log, newest first. */
  listAudit(filter?: AuditFilter, page?: PageOptions): Promise<Page<AuditEntryView>>;
  /** The audit log from an entry on, with its checkpoints, as it arrives: one JSON object a line. */
  exportAudit(fromSeq: number): Promise<ReadableStream<Uint8Array>>;
  /** The public key of what is signed now. */
  auditKey(): Promise<AuditKeyView>;
  /** The signed evidence pack of a closed drill, or the report of it alone, as it arrives. */
  drillEvidence(id: string, what: 'evidence' | 'report'): Promise<ReadableStream<Uint8Array>>;
  drillTimes(id: string): Promise<DrillTimesView>;
  /** The report as it arrives. */
  report(planId: string, format: 'json' | 'csv' | 'html'): Promise<ReadableStream<Uint8Array>>;
  /** Follows a plan until it is finished; reconnects by itself. */
  events(planId: string, options: EventsOptions & { fields: 'matrix' }): AsyncGenerator<PlanEvent<ReplicaCellView>>;
  events(planId: string, options?: EventsOptions): AsyncGenerator<PlanEvent>;
  /** Follows a drill until it is finished; reconnects by itself. */
  drillEvents(id: string, options?: { signal?: AbortSignal }): AsyncGenerator<DrillEvent>;
  /** Who calls, and what that allows. */
  me(): Promise<CallerView>;
  /** How a person may sign in; needs no token. */
  waysToSignIn(): Promise<WaysToSignIn>;
  /** Exchanges the token for a session, whose cookie a browser keeps. */
  openSession(): Promise<CallerView>;
  closeSession(): Promise<void>;
  /** Follows all plans that are not finished, until it is told to stop; reconnects by itself and is told of all anew then. */
  allEvents(options?: { signal?: AbortSignal }): AsyncGenerator<PlanEvent>;
  isReady(): Promise<boolean>;
}

export type { Counts };

/** How long an upload may take: the API itself waits no longer for a request. */
const uploadMs = 300_000;

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
      throw new UnreachableError(`Keyferry cannot be reached at ${base}${reasonOf(error)}.`, { cause: error });
    }
    if (!response.ok) throw await problemOf(response, base);
    return response;
  };
  const json = async <T>(
    path: string,
    init: { method?: string; body?: unknown; headers?: Record<string, string>; signal?: AbortSignal | undefined } = {},
  ): Promise<T> => {
    const { body, headers, method = 'GET', signal } = init;
    const isForm = body instanceof FormData;
    const response = await open(path, {
      method,
      signal: AbortSignal.any([AbortSignal.timeout(isForm ? uploadMs : timeoutMs), ...(signal ? [signal] : [])]),
      headers: { ...(body === undefined || isForm ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
    });
    try {
      return (await response.json()) as T;
    } catch (error) {
      throw new UnreachableError(`The answer of ${base} broke off.`, { cause: error });
    }
  };
  const stream = async (path: string): Promise<ReadableStream<Uint8Array>> => {
    const { body } = await open(path, { headers: { accept: '*/*' } });
    if (body === null) throw new UnreachableError('The answer came without a body.');
    return body;
  };
  const coverage = (name: string): string => `/v1/coverage/policies/${encodeURIComponent(name)}`;
  const check = (id: string): string => `/v1/coverage/checks/${encodeURIComponent(id)}`;
  const openEvents = (path: string, lastEventId: string | null, signal: AbortSignal): Promise<Response> => {
    const last = lastEventId === null ? {} : { 'last-event-id': lastEventId };
    return open(path, { headers: { accept: 'text/event-stream', ...last }, signal });
  };
  const schedule = (id: string): string => `/v1/schedules/${encodeURIComponent(id)}`;
  const plan = (id: string): string => `/v1/plans/${encodeURIComponent(id)}`;
  const webhook = (id: string): string => `/v1/webhooks/${encodeURIComponent(id)}`;
  const regionGroup = (name: string): string => `/v1/region-groups/${encodeURIComponent(name)}`;

  const submit = (body: unknown, { idempotencyKey }: { idempotencyKey?: string } = {}): Promise<PlanView> =>
    json('/v1/plans', {
      method: 'POST',
      body,
      headers: idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey },
    });

  const client: KeyferryClient = {
    ...drillsClient(json, query),
    createPlan: (spec, options) => submit(spec, options),
    createPlanFromManifest: (spec, { rows, fileName }, options) => {
      const form = new FormData();
      form.append('spec', JSON.stringify(spec));
      form.append('manifest', rows, fileName);
      return submit(form, options);
    },
    getPlan: (id) => json(plan(id)),
    getPreview: (id) => json(`${plan(id)}/preview`),
    listPlans: (options = {}) => json(`/v1/plans${query({ ...options })}`),
    getMatrix: (id, filter = {}, { signal, ...page } = {}) =>
      json(`${plan(id)}/matrix${query({ ...filter, ...page })}`, { signal }),
    getMatrixBuckets: (id, buckets) => json(`${plan(id)}/matrix${query({ buckets })}`),
    getThroughput: (id, points) => json(`${plan(id)}/throughput${query({ points })}`),
    getFailures: (id) => json(`${plan(id)}/failures`),
    getOverview: () => json('/v1/overview'),
    listReplicas: (id, filter = {}, page = {}) => json(`${plan(id)}/replicas${query({ ...filter, ...page })}`),
    async *eachReplica(id, filter = {}) {
      let cursor: string | null = null;
      do {
        const page: Page<ReplicaView> = await client.listReplicas(id, filter, { limit: 1000, cursor });
        yield* page.items;
        cursor = page.next_cursor;
      } while (cursor !== null);
    },
    getReplica: (id, replicaId) => json(`${plan(id)}/replicas/${encodeURIComponent(replicaId)}`),
    command: (id, command) => json(`${plan(id)}/${command}`, { method: 'POST' }),
    approvePlan: (id, approval) => json(`${plan(id)}/approve`, { method: 'POST', body: approval }),
    retryPlan: (id, filter = {}) => json(`${plan(id)}/retry`, { method: 'POST', body: filter }),
    changePlan: (id, options) => json(plan(id), { method: 'PATCH', body: { options } }),
    getApprovalRules: () => json('/v1/approval-rules'),
    putApprovalRules: (rules) => json('/v1/approval-rules', { method: 'PUT', body: rules }),
    listApprovalRules: (page = {}) => json(`/v1/approval-rules/versions${query({ ...page })}`),
    listRegionGroups: () => json('/v1/region-groups'),
    putRegionGroup: (name, group) => json(regionGroup(name), { method: 'PUT', body: group }),
    deleteRegionGroup: async (name) => {
      await open(regionGroup(name), { method: 'DELETE', signal: AbortSignal.timeout(timeoutMs) });
    },
    listCoveragePolicies: (page = {}) => json(`/v1/coverage/policies${query({ ...page })}`),
    getCoveragePolicy: (name) => json(coverage(name)),
    putCoveragePolicy: (policy) => json(coverage(policy.name), { method: 'PUT', body: policy }),
    deleteCoveragePolicy: async (name) => {
      await open(coverage(name), { method: 'DELETE', signal: AbortSignal.timeout(timeoutMs) });
    },
    checkCoverage: (policy, options = {}) =>
      typeof policy === 'string'
        ? json(`${coverage(policy)}/checks${query({ ...options })}`, { method: 'POST' })
        : json(`/v1/coverage/checks${query({ ...options })}`, { method: 'POST', body: policy }),
    getCoverageCheck: (id) => json(check(id)),
    listCoverageChecks: (name, page = {}) => json(`${coverage(name)}/checks${query({ ...page })}`),
    listCoverageCells: (id, filter = {}, page = {}) => json(`${check(id)}/cells${query({ ...filter, ...page })}`),
    getCoverageMatrix: (id, filter = {}, { signal, ...page } = {}) =>
      json(`${check(id)}/matrix${query({ ...filter, ...page })}`, { signal }),
    closeCoverageGaps: (id, options = {}) => json(`${check(id)}/plan`, { method: 'POST', body: options }),
    createSchedule: (given) => json('/v1/schedules', { method: 'POST', body: given }),
    getSchedule: (id) => json(schedule(id)),
    listSchedules: (options = {}) => json(`/v1/schedules${query({ ...options })}`),
    replaceSchedule: (id, given) => json(schedule(id), { method: 'PUT', body: given }),
    deleteSchedule: async (id) => {
      await open(schedule(id), { method: 'DELETE', signal: AbortSignal.timeout(timeoutMs) });
    },
    runSchedule: (id) => json(`${schedule(id)}/run`, { method: 'POST' }),
    listKeys: (filter = {}, page = {}) => json(`/v1/keys${query({ ...filter, ...page })}`),
    listLanes: () => json('/v1/lanes'),
    resetCircuit: (id) => json(`/v1/lanes/${encodeURIComponent(id)}/reset`, { method: 'POST' }),
    changeLane: (id, change) => json(`/v1/lanes/${encodeURIComponent(id)}`, { method: 'PATCH', body: change }),
    createToken: (token) => json('/v1/tokens', { method: 'POST', body: token }),
    listTokens: (page = {}) => json(`/v1/tokens${query({ ...page })}`),
    revokeToken: async (id) => {
      const signal = AbortSignal.timeout(timeoutMs);
      await open(`/v1/tokens/${encodeURIComponent(id)}`, { method: 'DELETE', signal });
    },
    createWebhook: (given) => json('/v1/webhooks', { method: 'POST', body: given }),
    getWebhook: (id) => json(webhook(id)),
    listWebhooks: (page = {}) => json(`/v1/webhooks${query({ ...page })}`),
    replaceWebhook: (id, given) => json(webhook(id), { method: 'PUT', body: given }),
    deleteWebhook: async (id) => {
      await open(webhook(id), { method: 'DELETE', signal: AbortSignal.timeout(timeoutMs) });
    },
    rotateWebhookSecret: (id) => json(`${webhook(id)}/rotate-secret`, { method: 'POST' }),
    testWebhook: (id) => json(`${webhook(id)}/test`, { method: 'POST' }),
    listDeliveries: (id, options = {}) => json(`${webhook(id)}/deliveries${query({ ...options })}`),
    redeliver: (id, deliveryId) =>
      json(`${webhook(id)}/deliveries/${encodeURIComponent(deliveryId)}/redeliver`, { method: 'POST' }),
    listAudit: (filter = {}, page = {}) => json(`/v1/audit${query({ ...filter, ...page })}`),
    exportAudit: (fromSeq) => stream(`/v1/audit/export?from_seq=${fromSeq}`),
    auditKey: () => json('/v1/audit/key'),
    drillEvidence: (id, what) => stream(`/v1/drills/${encodeURIComponent(id)}/${what}`),
    drillTimes: (id) => json(`/v1/drills/${encodeURIComponent(id)}/times`),
    report: (id, format) => stream(`${plan(id)}/report?format=${format}`),
    events: (id: string, { signal, fields }: EventsOptions = {}) =>
      followPlan(
        (lastEventId, abort) => openEvents(`${plan(id)}/events${query({ fields })}`, lastEventId, abort),
        signal,
      ),
    drillEvents: (id, { signal } = {}) =>
      followDrill(
        (lastEventId, abort) => openEvents(`/v1/drills/${encodeURIComponent(id)}/events`, lastEventId, abort),
        signal,
      ),
    me: () => json('/v1/me'),
    waysToSignIn: () => json('/v1/login'),
    openSession: () => json('/v1/session', { method: 'POST' }),
    closeSession: async () => {
      await open('/v1/session', { method: 'DELETE', signal: AbortSignal.timeout(timeoutMs) });
    },
    allEvents: ({ signal } = {}) =>
      followPlans((abort) => open('/v1/events', { headers: { accept: 'text/event-stream' }, signal: abort }), signal),
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

/** Why there was no connection, e.g. ` (ECONNREFUSED)`, where fetch tells it. */
function reasonOf(error: unknown): string {
  const { code } = ((error as { cause?: unknown }).cause ?? {}) as { code?: unknown };
  return typeof code === 'string' ? ` (${code})` : '';
}

/** A list is named once for each of its values. */
function query(fields: Record<string, unknown>): string {
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
    // Not ours: told below.
  }
  return new UnreachableError(`${base} answered with HTTP ${response.status} and no problem document: is it Keyferry?`);
}

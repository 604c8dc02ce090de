import type { DrillKeyView, DrillListedView, DrillLogView, DrillState, DrillView, Page } from '@keyferry/core';

/** What an approver has looked at, and what they say to it. */
export interface DrillDecisionInput {
  /** The id of the step that waits; left out: the drill as a whole. */
  readonly step?: string | null;
  readonly decision?: 'approve' | 'reject';
  readonly spec_sha256: string;
  readonly scope_sha256?: string;
  readonly comment?: string;
}

export interface FindingInput {
  readonly severity?: 'info' | 'warning' | 'blocking';
  readonly message: string;
  readonly owner?: string;
  readonly due?: string;
  readonly ticket?: string;
}

/** What the client does with drills. */
export interface DrillsClient {
  runDrill(runbook: object, options?: { idempotencyKey?: string }): Promise<DrillView>;
  getDrill(id: string): Promise<DrillView>;
  listDrills(options?: {
    limit?: number;
    cursor?: string | null;
    state?: DrillState | readonly DrillState[];
  }): Promise<Page<DrillListedView>>;
  listDrillKeys(id: string, page?: { limit?: number; cursor?: string | null }): Promise<Page<DrillKeyView>>;
  listDrillLog(id: string, page?: { limit?: number; cursor?: string | null }): Promise<Page<DrillLogView>>;
  /** Says go or no-go; a ProblemError when it is another drill than was looked at, or not its turn. */
  decideDrill(id: string, decision: DrillDecisionInput): Promise<DrillView>;
  breakGlass(id: string, reason: string): Promise<DrillView>;
  pauseDrill(id: string): Promise<DrillView>;
  resumeDrill(id: string): Promise<DrillView>;
  abortDrill(id: string, options?: { rollback?: boolean }): Promise<DrillView>;
  noteFinding(id: string, finding: FindingInput): Promise<DrillView>;
}

type Json = <T>(
  path: string,
  init?: { method?: string; body?: unknown; headers?: Record<string, string> },
) => Promise<T>;

export function drillsClient(json: Json, query: (fields: Record<string, unknown>) => string): DrillsClient {
  const drill = (id: string): string => `/v1/drills/${encodeURIComponent(id)}`;
  const post = (path: string, body?: unknown): Promise<DrillView> =>
    json(path, { method: 'POST', ...(body === undefined ? {} : { body }) });
  return {
    runDrill: (runbook, { idempotencyKey } = {}) =>
      json('/v1/drills', {
        method: 'POST',
        body: runbook,
        headers: idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey },
      }),
    getDrill: (id) => json(drill(id)),
    listDrills: (options = {}) => json(`/v1/drills${query({ ...options })}`),
    listDrillKeys: (id, page = {}) => json(`${drill(id)}/keys${query({ ...page })}`),
    listDrillLog: (id, page = {}) => json(`${drill(id)}/log${query({ ...page })}`),
    decideDrill: (id, decision) => post(`${drill(id)}/approve`, decision),
    breakGlass: (id, reason) => post(`${drill(id)}/break-glass`, { reason }),
    pauseDrill: (id) => post(`${drill(id)}/pause`),
    resumeDrill: (id) => post(`${drill(id)}/resume`),
    abortDrill: (id, options = {}) => post(`${drill(id)}/abort`, options),
    noteFinding: (id, finding) => post(`${drill(id)}/findings`, finding),
  };
}

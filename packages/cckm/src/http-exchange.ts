export interface HttpCall {
  readonly operation: string;
  readonly method: 'GET' | 'POST';
  /** Behind `/api`, with its query. */
  readonly path: string;
  readonly body?: unknown;
  readonly token?: string;
  /** How often it has been sent before. */
  readonly resends?: number;
  /** Not sent after this time, by Date.now(). */
  readonly sendBefore?: number | undefined;
  /** What a failure of this call is to its caller; it is reported so too. */
  readonly asFailure?: (error: unknown) => unknown;
}

export interface HttpAnswer {
  readonly httpStatus: number;
  readonly json: unknown;
  readonly requestId: string | null;
  readonly serverTime: Date | null;
}

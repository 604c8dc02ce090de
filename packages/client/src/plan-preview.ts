/**
 * What a previewed plan adds up to, from `GET /v1/plans/{id}/preview`. Fields that an API does not tell are absent; the
 * parts that are typed as unknown are handed on as the API gives them.
 */
export interface PlanPreview {
  readonly counts?: unknown;
  readonly reasons?: unknown;
  readonly warnings?: unknown;
  readonly lanes?: unknown;
  readonly lower_bound_seconds?: number;
  readonly expected_seconds?: number | null;
  /** What the new replicas cost a month. */
  readonly monthly_cost?: unknown;
}

import type { Settings } from '../settings.ts';
import { throttling } from './aws-exception.ts';

/** AWS's request quotas: a token bucket an account, Region and operation, that holds one second's worth. */
export class Quotas {
  readonly #buckets = new Map<string, { tokens: number; at: number; calls: number[]; peak: number }>();
  readonly #reserved = new Map<string, number>();
  readonly #settings: () => Settings;
  readonly #now: () => number;

  constructor(settings: () => Settings, now: () => number) {
    this.#settings = settings;
    this.#now = now;
  }

  /** Spends `cost` or throws the ThrottlingException; nothing is spent then. */
  spend(account: string, region: string, operation: string, cost = 1): void {
    const { quotas, quotasOn, background } = this.#settings();
    const quota = quotas[operation];
    if (quota === undefined) return;
    const rate = quota * (1 - (background[operation] ?? 0));
    const now = this.#now();
    const id = `${account}:${region}:${operation}`;
    const bucket = this.#buckets.get(id) ?? { tokens: Math.max(quota, cost), at: now, calls: [], peak: 0 };
    this.#buckets.set(id, bucket);
    bucket.tokens = Math.min(Math.max(quota, cost), bucket.tokens + ((now - bucket.at) / 1000) * rate);
    bucket.at = now;
    bucket.calls = [...bucket.calls.filter((at) => at > now - 1000), now];
    bucket.peak = Math.max(bucket.peak, bucket.calls.length * cost);
    if (quotasOn && bucket.tokens < cost) throw throttling();
    bucket.tokens -= cost;
  }

  /** The first moment from `wanted` on at which a caller that waits patiently gets its turn; the turn is taken. */
  reserve(account: string, region: string, operation: string, wanted: number): number {
    const { quotas, quotasOn, background } = this.#settings();
    const quota = quotas[operation];
    if (quota === undefined || !quotasOn) return wanted;
    const id = `${account}:${region}:${operation}`;
    const turn = Math.max(wanted, this.#reserved.get(id) ?? 0);
    this.#reserved.set(id, turn + 1000 / (quota * (1 - (background[operation] ?? 0))));
    return turn;
  }

  /** The same for a caller that does not wait: null where the bucket is empty at `wanted`; no turn is taken then. */
  reserveAt(account: string, region: string, operation: string, wanted: number): number | null {
    const { quotas } = this.#settings();
    const id = `${account}:${region}:${operation}`;
    const quota = quotas[operation] ?? Number.POSITIVE_INFINITY;
    const before = this.#reserved.get(id) ?? 0;
    // The bucket holds one second's worth, so that many turns may be taken at once.
    if (before - wanted > 1000 - 1000 / quota) return null;
    this.reserve(account, region, operation, wanted);
    return wanted;
  }

  clear(): void {
    this.#buckets.clear();
    this.#reserved.clear();
  }

  /** The most that was asked for in any sliding second, by bucket. */
  peaks(): Record<string, number> {
    return Object.fromEntries([...this.#buckets].map(([id, { peak }]) => [id, peak]));
  }
}

import { z } from 'zod';
import { unreachedKinds } from '../cckm/aws-unreached.ts';
import type { SeededRandom } from '../kms/seeded-random.ts';

const waitSchema = z.union([z.number().min(0), z.strictObject({ min: z.number(), max: z.number() })]).optional();

const effectSchema = z.strictObject({
  /** Waits before the work. */
  latencyMs: waitSchema,
  /** Waits between the work and the answer. */
  slowAnswerMs: waitSchema,
  /** The connection is cut before anything is done. */
  dropBefore: z.boolean().optional(),
  /** The work is done, then the connection is cut. */
  dropAfter: z.boolean().optional(),
  /** The connection is cut at once, and the work is done so much later. */
  lateMs: z.number().min(0).optional(),
  /** The work is done and never answered. */
  hang: z.boolean().optional(),
  /** Answers with this status and CCKM's envelope, nothing done. */
  status: z.number().int().optional(),
  /** Answers with 200 and CCKM's envelope of an error, nothing done. */
  envelope: z.boolean().optional(),
  /** With `status`, `envelope`, `html`, `awsError` or `awsTransport`: the work is done all the same. */
  afterWork: z.boolean().optional(),
  /** Answers with a page of HTML (status 502, or `status`), nothing done. */
  html: z.boolean().optional(),
  unauthorized: z.boolean().optional(),
  /** Answers with this exception of AWS. */
  awsError: z.strictObject({ name: z.string(), message: z.string() }).optional(),
  /** CCKM's own AWS client got no answer: its 400 (or `status`) wraps what the client reports. */
  awsTransport: z
    .strictObject({
      kind: z.enum(unreachedKinds).optional(),
      message: z.string().optional(),
      /** The Region that the message names; left out, the one that the call goes to. */
      region: z.string().optional(),
    })
    .optional(),
  /** The work is done; half of the answer arrives. */
  truncate: z.boolean().optional(),
  /**
   * The body is compressed, whatever the answer is, and `Content-Encoding` says so; not with `declared: false`, as a proxy
   * does that drops the header.
   */
  compress: z
    .strictObject({ encoding: z.enum(['gzip', 'deflate', 'br']).default('gzip'), declared: z.boolean().default(true) })
    .optional(),
  /** Answers with so many bytes that are no text (status 502, or `status`), nothing done. */
  garbageBytes: z.number().int().min(1).max(10_000_000).optional(),
  retryAfter: z.string().optional(),
  /** replicate-key: the replica is made, then CreateAlias fails with this exception of AWS. */
  aliasError: z.strictObject({ name: z.string(), message: z.string() }).optional(),
  /** replicate-key, add-alias: the call is answered as a success, and these parts of the request are not done. */
  leavesOut: z.array(z.enum(['alias', 'tags', 'description', 'policy'])).optional(),
});

export const faultSchema = z.strictObject({
  /** As in the ledger: replicate-key, list-keys, get-key, import-material, rotations, login … ; any when left out. */
  operation: z.string().optional(),
  /** The target Region of the call. */
  region: z.string().optional(),
  /** The CCKM id or `mrk-` id of the call's key. */
  key: z.string().optional(),
  /** The same by another name. */
  keyId: z.string().optional(),
  /** Hits the nth matching call alone: `after` n-1, `times` 1. */
  nth: z.number().int().min(1).optional(),
  /** Chance of each call that matches, from the seed. */
  probability: z.number().min(0).max(1).default(1),
  /** Lets this many matching calls pass first. */
  after: z.number().int().min(0).default(0),
  /** Hits this many calls, then no more. */
  times: z.number().int().min(1).optional(),
  effect: effectSchema,
});

/** One fault, or a list of them. */
export const faultsSchema = z.union([z.array(faultSchema), faultSchema.transform((fault) => [fault])]);

export type Fault = z.infer<typeof faultSchema>;
export type Effect = Fault['effect'];

/** The faults that are set, in their order; the first that matches a call hits it. */
export class Faults {
  readonly #random: SeededRandom;
  #rules: { fault: Fault; seen: number; hits: number }[] = [];

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  list(): (Fault & { hits: number })[] {
    return this.#rules.map(({ fault, hits }) => ({ ...fault, hits }));
  }

  replace(faults: readonly Fault[]): void {
    this.#rules = faults.map((fault) => ({ fault, seen: 0, hits: 0 }));
  }

  add(faults: readonly Fault[]): void {
    this.#rules.push(...faults.map((fault) => ({ fault, seen: 0, hits: 0 })));
  }

  hit(call: { operation: string; region: string | null; keys: readonly (string | null)[] }): Effect | null {
    for (const rule of this.#rules) {
      const { operation, region, keyId, probability, nth } = rule.fault;
      const { key = keyId, after, times } = nth ? { ...rule.fault, after: nth - 1, times: 1 } : rule.fault;
      if (operation !== undefined && operation !== call.operation) continue;
      if (region !== undefined && region !== call.region) continue;
      if (key !== undefined && !call.keys.includes(key)) continue;
      rule.seen += 1;
      if (rule.seen <= after || (times !== undefined && rule.hits >= times)) continue;
      if (this.#random.next() >= probability) continue;
      rule.hits += 1;
      return rule.fault.effect;
    }
    return null;
  }

  /** A wait as an effect gives it, milliseconds. */
  wait(given: Effect['latencyMs']): number {
    if (given === undefined) return 0;
    return typeof given === 'number' ? given : this.#random.between(given.min, given.max);
  }
}

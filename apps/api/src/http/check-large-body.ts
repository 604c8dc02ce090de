import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { InputError } from '@keyferry/core';
import type { OperationName } from '@keyferry/operations';
import { Places } from './places.ts';
import { Problem } from './problem.ts';

/** What became of a body: it is no JSON; it is wrong, in `count` ways; or it is right, and `data` is what its schema makes of it. */
export type CheckedBody =
  | { readonly unreadable: string }
  | { readonly errors: readonly InputError[]; readonly count: number }
  | { readonly value: unknown; readonly data: unknown };

/** Of a thread that runs out of it the body at hand is refused, and the API goes on. */
const threadMiB = 1_024;
const waitMs = 1_000;
const places = new Places({
  ...{ what: 'large bodies waiting to be checked', perCaller: 4, inAll: 10 },
  ...{ remedy: 'Wait for one to finish', retrySeconds: 5 },
});

interface Waiting {
  readonly resolve: (checked: CheckedBody) => void;
  readonly reject: (error: Error) => void;
}
let thread: { worker: Worker; waiting: Waiting[] } | null = null;

/**
 * Reads and checks a JSON body in a thread of its own, one after the other: hundreds of thousands of keys take a second, in
 * which no other caller would get a response. Throws the 429 or 503 when too many wait.
 */
export async function checkLargeBody(operation: OperationName, body: Uint8Array, caller: string): Promise<CheckedBody> {
  const refusal = await places.takeWithin(waitMs, caller);
  if (refusal !== null) throw refusal;
  try {
    thread ??= start();
    const { worker, waiting } = thread;
    return await new Promise<CheckedBody>((resolve, reject) => {
      waiting.push({ resolve, reject });
      const isAlone = body.byteLength === body.buffer.byteLength;
      worker.postMessage({ operation, body }, isAlone ? [body.buffer as ArrayBuffer] : []);
    });
  } finally {
    places.free(caller);
  }
}

function start() {
  // Built, it is JavaScript as this file is.
  const worker = new Worker(new URL(`large-body-thread${extname(import.meta.url)}`, import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: threadMiB },
  });
  // It keeps no process alive.
  worker.unref();
  const started = { worker, waiting: [] as Waiting[] };
  worker.on('message', (checked: CheckedBody) => started.waiting.shift()?.resolve(checked));
  // Told as an exit too.
  worker.on('error', () => undefined);
  worker.on('exit', () => {
    if (thread === started) thread = null;
    for (const { reject } of started.waiting) {
      reject(
        new Problem(503, 'Too busy', 'The body could not be checked in time. Retry in 5 s, or with fewer keys.', {
          headers: { 'Retry-After': '5' },
        }),
      );
    }
  });
  return started;
}

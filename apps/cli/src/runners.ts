import type { Context } from './context.ts';
import type { Kind } from './find-id.ts';
import type { Output } from './output.ts';

type Action<Given extends unknown[]> = (...given: Given) => Promise<void>;

/** How a command runs: with the API, or with nothing but where to write. `given`: its arguments, its options, itself. */
export interface Runners {
  online<Given extends unknown[]>(work: (context: Context, ...given: Given) => Promise<number>): Action<Given>;
  /** The same, of something whose first argument is its id, the beginning of it or its name; `work` is handed the id. */
  about(
    kind: Kind,
  ): <Reference extends string | undefined, Given extends unknown[]>(
    work: (context: Context, id: Reference, ...given: Given) => Promise<number>,
  ) => Action<[Reference, ...Given]>;
  offline<Given extends unknown[]>(work: (output: Output, ...given: Given) => Promise<number>): Action<Given>;
}

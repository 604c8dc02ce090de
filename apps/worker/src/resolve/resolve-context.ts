import type { WorkContext } from '../work-context.ts';

/** What the resolver works with. */
export type ResolveContext = Pick<WorkContext, 'store' | 'cckm' | 'config' | 'log' | 'resolving'> & {
  /** The worker that resolves. */
  readonly session: { readonly id: string };
};

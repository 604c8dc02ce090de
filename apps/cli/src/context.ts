import type { KeyferryClient } from '@keyferry/client';
import type { Output } from './output.ts';

/** What every command works with. */
export interface Context {
  readonly client: KeyferryClient;
  readonly output: Output;
}

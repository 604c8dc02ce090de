import { type OperationName, operationNamed } from './operations.ts';

/** Bytes of a body or an answer that cost as much as one read. */
export const bytesPerUnit = 32 * 1024;

/** Some 2 ms of the API's process: a read that comes from an index. */
const costOfRead = 1;
/** A transaction with its entry in the audit log. */
const costOfChange = 5;

/** What an operation costs before its bodies and answers are counted, in cheap reads. */
export function costOf(name: OperationName): number {
  return operationNamed(name).cost ?? (name.startsWith('GET ') ? costOfRead : costOfChange);
}

import { constants, platform, setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { checkInput, mostErrors } from '@keyferry/core';
import { type OperationName, operationNamed } from '@keyferry/operations';
import type { CheckedBody } from './check-large-body.ts';
import { jsonOf } from './json-of.ts';

/** The thread of `check-large-body`: reads one body after the other, and checks it with the schema of its operation. */
// Whoever is answered at once goes first. On Linux the priority is that of this thread, elsewhere of the whole process.
if (platform() === 'linux') setPriority(constants.priority.PRIORITY_BELOW_NORMAL);

parentPort?.on('message', ({ operation, body }: { operation: OperationName; body: Uint8Array }) => {
  parentPort?.postMessage(check(operation, body));
});

function check(operation: OperationName, body: Uint8Array): CheckedBody {
  const schema = operationNamed(operation).body?.schema;
  if (schema === undefined) throw new Error(`No schema of ${operation}.`);
  let value: unknown;
  try {
    value = jsonOf(body);
  } catch (error) {
    return { unreadable: (error as SyntaxError).message };
  }
  const checked = checkInput(schema, value);
  if ('data' in checked) return { value, data: checked.data };
  return { errors: checked.errors.slice(0, mostErrors), count: checked.errors.length };
}

import { expect, it } from 'vitest';
import { createLog } from './create-log.ts';
import type { LogFields } from './fields.ts';

const canary = 'c4nary-s3cret';

function logged(write: (log: ReturnType<typeof createLog>) => void): string {
  const lines: string[] = [];
  write(createLog('test', 'trace', { write: (line) => lines.push(line) }));
  return lines.join('');
}

it('tells the ids and the figures of a line', () => {
  const line = logged((log) => log.info({ plan: 'p-1', replica: 'r-1', rows: 7, aborted: false }, 'done'));
  expect(JSON.parse(line)).toMatchObject({ msg: 'done', plan: 'p-1', replica: 'r-1', rows: 7, aborted: false });
});

it('shows stack traces and lists in full', () => {
  const thrown = (depth: number): Error => (depth === 0 ? new Error('deep') : thrown(depth - 1));
  const err = thrown(3);
  const applied = ['20260101_first_migration', '20260102_second_migration', '20260103_third'];
  const line = JSON.parse(logged((log) => log.error({ err, applied }, 'trouble'))) as {
    applied: string[];
    err: { stack: string };
  };
  expect(line.applied).toEqual(applied);
  const frames = err.stack
    ?.split('\n')
    .slice(1)
    .map((frame) => frame.trim());
  expect(line.err.stack.split('\n')).toEqual(frames);
});

it.each<[string, object]>([
  ['a field that is not on the list', { password: canary }],
  ['a field that is not on the list, further down', { request: { headers: { authorization: canary } } }],
  ['an object in a field that is', { reason: { jwt: canary } }],
  ['a list with more than text in it', { applied: ['one', { jwt: canary }] }],
  ['a token in the text of a field', { reason: `asked with Bearer ${canary}` }],
  ['a password in an address', { address: `postgres://keyferry:${canary}@db.example.com/keyferry` }],
  ['something thrown that is no error', { err: { message: canary } }],
  ['a string that was thrown', { err: `password=${canary}` }],
])('does not let out %s', (_what, fields) => {
  const line = logged((log) => log.warn(fields as LogFields, 'trouble'));
  expect(line).not.toContain(canary);
  for (const name of Object.keys(fields)) expect(JSON.parse(line)).toHaveProperty(name);
});

it('lets out of an error what helps, and neither its secrets nor what hangs on it', () => {
  const inner = Object.assign(new Error(`{"Version":"2012-10-17","Statement":[{"Sid":"${canary}"}]} is malformed`), {
    code: 'ECONNRESET',
    request: { headers: { authorization: `Bearer ${canary}` } },
  });
  const outer = new TypeError(`rediss://:${canary}@queue.example.com was refused\njwt=${canary}`, { cause: inner });
  const line = logged((log) => log.error({ err: outer }, `failed with token: ${canary}`));
  expect(line).not.toContain(canary);
  expect(JSON.parse(line)).toMatchObject({
    msg: 'failed with token: [redacted]',
    err: {
      type: 'TypeError',
      message: 'rediss://[redacted]@queue.example.com was refused jwt=[redacted]',
      stack: expect.stringContaining('create-log.test.ts'),
      cause: { type: 'Error', message: '[policy] is malformed', code: 'ECONNRESET' },
    },
  });
});

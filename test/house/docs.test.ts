import { existsSync, readFileSync } from 'node:fs';
import {
  approvalRulesFileSchema,
  auditActions,
  cckmAcls,
  healthCodes,
  iamActions,
  planCommands,
  planStates,
  planTransitions,
  replicaStates,
  stateLetters,
  testEventType,
  waitingCodes,
  webhookEventTypes,
} from '@keyferry/core';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

const read = (name: string) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');
/** The cells of every row of every table. */
const rows = (text: string) =>
  text
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) => line.split(/\s*\|\s*/).slice(1, -1));

test('docs/how-to/failures.md has every state of a replica', () => {
  const first = rows(read('how-to/failures.md')).map(([name]) => name);
  expect(replicaStates.filter((state) => !first.includes(`\`${state}\``))).toEqual([]);
});

test('docs/how-to/follow-plans.md has every letter of a matrix and every reason of the health', () => {
  const told = rows(read('how-to/follow-plans.md'));
  const letters = told.flatMap(([left, leftState, right, rightState]) => [
    [left, leftState],
    [right, rightState],
  ]);
  for (const state of replicaStates) expect(letters).toContainEqual([`\`${stateLetters[state]}\``, `\`${state}\``]);
  expect(told.map(([code]) => code)).toEqual(expect.arrayContaining(healthCodes.map((code) => `\`${code}\``)));
});

test('docs/how-to/plans.md has the life of a plan as core does', () => {
  const listed = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(', ');
  const told = rows(read('how-to/plans.md')).map(([state, , moves, takes]) => [state, moves, takes]);
  for (const state of planStates) {
    const takes = Object.entries(planCommands).flatMap(([command, from]) => (from.includes(state) ? [command] : []));
    expect(told).toContainEqual([`\`${state}\``, listed(planTransitions[state]), listed(takes)]);
  }
});

test('docs/security/audit-log.md has every action', () => {
  const text = read('security/audit-log.md');
  expect(auditActions.filter((action) => !text.includes(`\`${action}\``))).toEqual([]);
});

test('docs/how-to/scheduling-and-approvals.md shows rules as they are taken', () => {
  const [, shown = ''] = /```yaml\n(# rules\.yaml.*?)```/s.exec(read('how-to/scheduling-and-approvals.md')) ?? [];
  expect(approvalRulesFileSchema.parse(parse(shown)).rules).toHaveLength(3);
});

test('docs/how-to/webhooks.md has every event', () => {
  const told = rows(read('how-to/webhooks.md')).map(([type]) => type);
  expect([...webhookEventTypes, testEventType].filter((type) => !told.includes(`\`${type}\``))).toEqual([]);
});

test('docs/how-to/follow-plans.md explains every reason for which a plan waits', () => {
  const text = read('how-to/follow-plans.md');
  expect(waitingCodes.filter((code) => !text.includes(`\`${code}\``))).toEqual([]);
});

test('docs/operations/permissions.md has every ACL and every IAM action', () => {
  const text = read('operations/permissions.md');
  const needed = [...cckmAcls.map(({ acl }) => acl), ...iamActions.map(({ action }) => action)];
  expect(needed.filter((one) => !text.includes(`\`${one}\``))).toEqual([]);
});

test('SECURITY.md names for each attack the tests that show what stops it', () => {
  const attacks = rows(read('../SECURITY.md')).slice(2);
  expect(attacks.length).toBeGreaterThan(30);
  for (const [attacker, , , shownBy = ''] of attacks) {
    const tests = [...shownBy.matchAll(/\]\(([^)]+\.test\.ts)\)/g)].map(([, path]) => path ?? '');
    if (shownBy !== 'no test') expect([attacker, tests]).not.toEqual([attacker, []]);
    for (const path of tests)
      expect([path, existsSync(new URL(`../../${path}`, import.meta.url))]).toEqual([path, true]);
  }
});

test('docs/architecture.md names files and folders that exist', () => {
  const [, worker = ''] = /\n## The worker\n(.*?)\n## /s.exec(read('architecture.md')) ?? [];
  const ofWorker = rows(worker).flatMap(([cell = '']) => cell.match(/[a-z-]+(?:\/|\.ts)(?=`)/g) ?? []);
  const paths = read('architecture.md').match(/\b(?:apps|packages)\/[\w./-]+(?=`)/g) ?? [];
  const named = [...paths, ...ofWorker.map((path) => `apps/worker/src/${path}`)];
  expect(named.length).toBeGreaterThan(40);
  expect(named.filter((path) => !existsSync(new URL(`../../${path}`, import.meta.url)))).toEqual([]);
});

import { existsSync, readFileSync } from 'node:fs';
import { environmentVariables } from '@keyferry/config';
import {
  approvalRulesFileSchema,
  auditActions,
  cckmAcls,
  errorCatalogue,
  healthCodes,
  iamActions,
  planCommands,
  planStates,
  planTransitions,
  replicaStates,
  stateLetters,
  testEventType,
  waitingCodes,
  warningCatalogue,
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

test('docs/replicas.md tells of every state and of every error as the catalogue does', () => {
  const told = rows(read('replicas.md'));
  const first = told.map(([name]) => name);
  expect(replicaStates.filter((state) => !first.includes(`\`${state}\``))).toEqual([]);
  const errors = told.filter((row) => row.length === 4).slice(2);
  expect(errors.map(([code, title, , advice]) => [code, title, advice])).toEqual(
    Object.entries(errorCatalogue).map(([code, rule]) => [`\`${code}\``, rule.title, rule.operatorAdvice]),
  );
});

test('docs/replicas.md tells of every warning as the catalogue does', () => {
  const warnings = rows(read('replicas.md')).filter((row) => row.length === 3);
  expect(warnings.slice(2)).toEqual(
    Object.entries(warningCatalogue).map(([code, { title, operatorAdvice }]) => [`\`${code}\``, title, operatorAdvice]),
  );
});

test('docs/plans.md tells of every letter of a matrix and of all that an overview may complain of', () => {
  const told = rows(read('plans.md'));
  const letters = told.flatMap(([left, leftState, right, rightState]) => [
    [left, leftState],
    [right, rightState],
  ]);
  for (const state of replicaStates) expect(letters).toContainEqual([`\`${stateLetters[state]}\``, `\`${state}\``]);
  expect(told.map(([code]) => code)).toEqual(expect.arrayContaining(healthCodes.map((code) => `\`${code}\``)));
});

test('docs/plans.md tells the life of a plan as core does', () => {
  const listed = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(', ');
  const told = rows(read('plans.md')).map(([state, , moves, takes]) => [state, moves, takes]);
  for (const state of planStates) {
    const takes = Object.entries(planCommands).flatMap(([command, from]) => (from.includes(state) ? [command] : []));
    expect(told).toContainEqual([`\`${state}\``, listed(planTransitions[state]), listed(takes)]);
  }
});

test('docs/configuration.md names every variable', () => {
  const text = read('configuration.md');
  expect(environmentVariables.filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
});

test('docs/audit.md tells of every action', () => {
  const text = read('audit.md');
  expect(auditActions.filter((action) => !text.includes(`\`${action}\``))).toEqual([]);
});

test('docs/approvals.md shows rules as they are taken', () => {
  const [, shown = ''] = /```yaml\n(# rules\.yaml.*?)```/s.exec(read('approvals.md')) ?? [];
  expect(approvalRulesFileSchema.parse(parse(shown)).rules).toHaveLength(3);
});

test('docs/webhooks.md tells of every event', () => {
  const told = rows(read('webhooks.md')).map(([type]) => type);
  expect([...webhookEventTypes, testEventType].filter((type) => !told.includes(`\`${type}\``))).toEqual([]);
});

test('docs/plans.md explains every reason for which a plan waits', () => {
  const text = read('plans.md');
  expect(waitingCodes.filter((code) => !text.includes(`\`${code}\``))).toEqual([]);
});

test.each(['../README.md', 'permissions.md'])('%s names every ACL and every IAM action', (name) => {
  const text = read(name);
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

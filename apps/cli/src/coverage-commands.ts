import { setTimeout as pause } from 'node:timers/promises';
import type { CommandUnknownOpts as Command } from '@commander-js/extra-typings';
import { type KeyferryClient, ProblemError } from '@keyferry/client';
import { type CoverageCellView, type CoverageCheckView, coverageStates, endedCheckStates } from '@keyferry/core';
import { mustConfirm, yesOption } from './confirm.ts';
import type { Context } from './context.ts';
import { policyFaults, readPolicyFile } from './coverage-file.ts';
import { CliError, exitCodes } from './exit-codes.ts';
import { type Output, pc } from './output.ts';
import { invalidPlan } from './plan-file.ts';
import { reportChecked } from './report-checked.ts';
import type { Runners } from './runners.ts';
import { createTable } from './table.ts';

/** Gaps that are shown one by one; the API has all of them. */
const gapsShown = 10;
const askAgainMs = 500;

interface CheckOptions {
  readonly file?: string;
  readonly proof?: boolean;
  readonly exitCode?: boolean;
}

/** The commands about coverage: which keys must be usable in which Regions, and whether they are. */
export function addCoverageCommands(root: Command, { online, offline }: Runners): void {
  const coverage = root.command('coverage').description('check which keys are usable in which Regions');
  const file = ['-f, --file <file>', 'policy file (YAML or JSON), "-" for standard input'] as const;
  coverage
    .command('apply')
    .description('create or change a policy')
    .requiredOption(...file)
    .action(online(apply));
  coverage
    .command('validate')
    .description('check policy files offline: all errors with their lines')
    .requiredOption('-f, --file <files...>', 'policy files, "-" for standard input')
    .action(offline(validate));
  coverage.command('list').description('list policies with their newest results').action(online(list));
  coverage.command('show <name>').description('show the newest result of a policy').action(online(show));
  coverage
    .command('delete <name>')
    .description('delete a policy; its checks are kept')
    .option(...yesOption)
    .action(
      online(async ({ client, output }, name, { yes }) => {
        await mustConfirm(`Delete policy ${name}?`, { yes });
        await client.request('DELETE /v1/coverage/policies/{name}', { name });
        output.result({ deleted: name }, () => `Deleted policy ${name}. Its checks are kept.`);
        return exitCodes.ok;
      }),
    );
  coverage
    .command('check [name]')
    .description('check a policy now and wait for the result')
    .option(...file)
    .option('--proof', 'read every member from AWS and compare its key material')
    .option('--exit-code', '0: all covered, 2: not all covered, 3: check failed')
    .action(online(check));
  coverage.command('history <name>').description('list the checks of a policy, newest first').action(online(history));
  coverage
    .command('close <name>')
    .description('submit the plan for the replicas that the newest check found missing')
    .option('--preview', 'resolve and check only; nothing is created until `plan execute`')
    .action(online(close));
}

async function validate(output: Output, { file: files }: { file: string[] }): Promise<number> {
  const read = await Promise.all(files.map(readPolicyFile));
  return reportChecked(
    output,
    read.map(({ name, parsed, faults }) => ({ name, faults, size: `policy ${String(parsed?.spec.name)}` })),
  );
}

async function mustReadPolicy(file: string) {
  const { name, parsed, faults } = await readPolicyFile(file);
  if (parsed === null || faults.length > 0) throw invalidPlan(name, faults, 'policy');
  return { name, parsed };
}

/** Errors of the API in a file are shown by line. */
async function byLines<T>({ name, parsed }: Awaited<ReturnType<typeof mustReadPolicy>>, ask: Promise<T>): Promise<T> {
  try {
    return await ask;
  } catch (error) {
    const errors = error instanceof ProblemError ? error.problem.errors : undefined;
    throw errors ? invalidPlan(name, policyFaults(parsed, errors), 'policy') : error;
  }
}

/** What is not there yet. */
function absent(error: unknown): null {
  if (error instanceof ProblemError && error.status === 404) return null;
  throw error;
}

async function apply({ client, output }: Context, { file }: { file: string }): Promise<number> {
  const read = await mustReadPolicy(file);
  const spec = read.parsed.spec as { name: string };
  const before = await client.request('GET /v1/coverage/policies/{name}', { name: spec.name }).catch(absent);
  const put = client.request('PUT /v1/coverage/policies/{name}', { name: spec.name, body: spec });
  const policy = await byLines(read, put);
  const applied = before === null ? 'created' : before.revision === policy.revision ? 'unchanged' : 'configured';
  output.result({ ...policy, applied }, () => `Policy ${policy.name} ${applied}, revision ${policy.revision}.`);
  output.say(`Check it: keyferry coverage check ${policy.name}`);
  return exitCodes.ok;
}

async function list({ client, output }: Context): Promise<number> {
  const { items } = await client.request('GET /v1/coverage/policies', { query: { limit: 1000 } });
  output.result(items, () => {
    if (items.length === 0) return 'No policies yet. Create one: keyferry coverage apply -f policy.yaml';
    const table = createTable(
      ['policy', 'covered', 'keys', 'not covered', 'checked', 'next check'],
      ['keys', 'not covered'],
    );
    for (const { name, last_check: last, next_check_at } of items) {
      const counts = last?.counts;
      const open = counts ? counts.total - counts.covered : '-';
      table.push([
        name,
        share(last),
        last?.keys ?? '-',
        open,
        last?.finished_at ?? 'never',
        next_check_at ?? 'by hand',
      ]);
    }
    return table.toString();
  });
  return exitCodes.ok;
}

async function show({ client, output }: Context, name: string): Promise<number> {
  const policy = await client.request('GET /v1/coverage/policies/{name}', { name });
  const last = policy.last_check;
  const gaps = last?.cells_kept ? await readGaps(client, last) : [];
  output.result(policy, () =>
    last === null ? `${name} was never checked. Check it: keyferry coverage check ${name}` : inWords(last, gaps),
  );
  return exitCodes.ok;
}

async function check({ client, output }: Context, name: string | undefined, options: CheckOptions): Promise<number> {
  if ((name === undefined) === (options.file === undefined)) {
    throw new CliError(exitCodes.usage, 'Name a policy, or pass a file with -f.');
  }
  const proof = options.proof ?? false;
  const read = options.file === undefined ? null : await mustReadPolicy(options.file);
  const asked = read
    ? await byLines(read, client.request('POST /v1/coverage/checks', { body: read.parsed.spec, query: { proof } }))
    : await client.request('POST /v1/coverage/policies/{name}/checks', { name: name ?? '', query: { proof } });
  const done = await follow(client, asked, output.say);
  const gaps = done.state === 'done' ? await readGaps(client, done) : [];
  output.result(done, () => inWords(done, gaps));
  if (!options.exitCode) return exitCodes.ok;
  if (done.state === 'failed') return exitCodes.stopped;
  return done.passed ? exitCodes.ok : exitCodes.someFailed;
}

async function follow(
  client: KeyferryClient,
  asked: CoverageCheckView,
  say: (text: string) => void,
): Promise<CoverageCheckView> {
  let told: string | null = null;
  for (let now = asked; ; now = await client.request('GET /v1/coverage/checks/{id}', { id: asked.id })) {
    if (endedCheckStates.includes(now.state)) return now;
    if (now.reason !== null && now.reason !== told) say(now.reason);
    told = now.reason;
    await pause(askAgainMs);
  }
}

async function history({ client, output }: Context, name: string): Promise<number> {
  const { items } = await client.request('GET /v1/coverage/policies/{name}/checks', { name, query: { limit: 100 } });
  output.result(items, () => {
    const table = createTable(['asked for', 'by', 'cause', 'state', 'covered', 'keys', 'id'], ['keys']);
    for (const one of items) {
      table.push([one.requested_at, one.requested_by, one.cause, one.state, share(one), one.keys ?? '-', one.id]);
    }
    return table.toString();
  });
  return exitCodes.ok;
}

async function close({ client, output }: Context, name: string, { preview }: { preview?: boolean }): Promise<number> {
  const { last_check } = await client.request('GET /v1/coverage/policies/{name}', { name });
  if (last_check === null) {
    throw new CliError(exitCodes.usage, `${name} was never checked. First: keyferry coverage check ${name}`);
  }
  const plan = await client.request('POST /v1/coverage/checks/{id}/plan', {
    id: last_check.id,
    body: { mode: preview ? 'preview' : 'execute' },
  });
  const next = preview ? `keyferry plan preview ${plan.id}` : `keyferry plan watch ${plan.id}`;
  output.made(plan, `Submitted plan ${plan.id} (${plan.name}).\nFollow it: ${next}`);
  return exitCodes.ok;
}

async function readGaps(client: KeyferryClient, { id, counts }: CoverageCheckView): Promise<CoverageCellView[]> {
  const gaps: CoverageCellView[] = [];
  for (const state of coverageStates) {
    if (state === 'covered' || !counts?.[state] || gaps.length >= gapsShown) continue;
    gaps.push(
      ...(
        await client.request('GET /v1/coverage/checks/{id}/cells', {
          id,
          query: { state, limit: gapsShown - gaps.length },
        })
      ).items,
    );
  }
  return gaps;
}

function share(check: CoverageCheckView | null): string {
  if (check?.covered_percent == null) return '-';
  return (check.passed ? pc.green : pc.red)(`${check.covered_percent} %`);
}

/** A check for a person: Region × state, and the first gaps with what to do. */
function inWords(check: CoverageCheckView, gaps: readonly CoverageCellView[]): string {
  if (check.state === 'failed') return pc.red(`The check failed: ${check.error?.message ?? ''}`);
  const { counts } = check;
  const used = coverageStates.filter((state) => (counts?.[state] ?? 0) > 0);
  const heads = used.map((state) => state.replaceAll('_', ' '));
  const table = createTable(['Region', ...heads], heads);
  for (const { region, counts: of } of check.by_region) table.push([region, ...used.map((state) => of[state])]);
  const open = (counts?.total ?? 0) - (counts?.covered ?? 0);
  const lines = gaps.map(({ alias, key_id, region, state, message }) => {
    return `  ${pc.bold(alias ?? key_id)} ${region}  ${state.replaceAll('_', ' ')}: ${message}`;
  });
  const more = open > gaps.length ? [`  … and ${open - gaps.length} more: /v1/coverage/checks/${check.id}/cells`] : [];
  return [
    table.toString(),
    `${share(check)} covered: ${counts?.covered ?? 0} of ${counts?.total ?? 0} cells, ${check.keys ?? 0} keys, at ${check.finished_at}.`,
    ...(check.keys === 0 ? ['The policy matches no key, so it does not pass.'] : []),
    ...lines,
    ...more,
  ].join('\n');
}

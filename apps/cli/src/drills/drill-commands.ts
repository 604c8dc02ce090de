import { type CommandUnknownOpts, Option } from '@commander-js/extra-typings';
import { ProblemError, readDrillFacts } from '@keyferry/client';
import { type DrillView, drillInWords, findingSeverities, runbookJsonSchema, runbookSchema } from '@keyferry/core';
import { mustBeConfirmable, mustConfirm, yesOption } from '../confirm.ts';
import type { Context } from '../context.ts';
import { decisionText } from '../decision-text.ts';
import { exitCodes } from '../exit-codes.ts';
import { patience } from '../option-values.ts';
import { type Output, pc } from '../output.ts';
import { invalidPlan } from '../plan-file.ts';
import { reportChecked } from '../report-checked.ts';
import type { Runners } from '../runners.ts';
import { createTable } from '../table.ts';
import { drillText, paintDrill } from './drill-text.ts';
import { readRunbookFile, runbookFaults } from './runbook-file.ts';
import { timesText } from './times-text.ts';
import { exitCodeOfDrill, watchDrill } from './watch-drill.ts';

/** The commands of drills; answers what they stand under. */
export function addDrillCommands(root: CommandUnknownOpts, { online, about, offline }: Runners): CommandUnknownOpts {
  const aDrill = about('drill');
  const drill = root.command('drill').description('declare and follow drills, which prove that keys are usable');
  drill
    .command('run')
    .description('declare a drill from a runbook (YAML or JSON)')
    .requiredOption('-f, --file <file>', 'runbook, "-" for standard input')
    .option('--rehearse', 'change nothing, even if the runbook is live')
    .option('--wait', 'follow it until it ends')
    .option('--idempotency-key <key>', 'a repeat with the same key declares nothing new')
    .addOption(patience())
    .action(online(run));
  drill.command('list').description('list drills, newest first').action(online(list));
  drill
    .command('show <id>')
    .description('show a drill on one screen')
    .option('--decision', 'show its steps as an approver sees them')
    .action(
      aDrill(async ({ client, output }, id, options) => {
        if (!options.decision) return show(client.request('GET /v1/drills/{id}', { id }), output);
        const drill = await client.request('GET /v1/drills/{id}', { id });
        const text = await drillDecisionText(client, drill, waitingStep(drill));
        output.result(drill, () => text);
        return exitCodes.ok;
      }),
    );
  drill
    .command('times <id>')
    .description('show RTO and RPO with their times, and how key material was compared')
    .action(
      aDrill(async ({ client, output }, id) => {
        const times = await client.request('GET /v1/drills/{id}/times', { id });
        output.result(times, () => timesText(times));
        return exitCodes.ok;
      }),
    );
  drill
    .command('watch <id>')
    .description('follow a drill; Ctrl-C stops watching, not the drill')
    .addOption(patience())
    .action(aDrill(watchDrill));
  for (const [decision, description] of [
    ['approve', 'show a waiting drill and approve it'],
    ['reject', 'reject a drill or its waiting step, which then fails'],
  ] as const) {
    drill
      .command(`${decision} <id>`)
      .description(description)
      .option('--step <id>', 'the waiting step; default: the drill as a whole')
      .option('--comment <text>', 'stored with the decision')
      .option(...yesOption)
      .action(aDrill((context, id, options) => decide(context, id, decision, options)));
  }
  for (const [name, description] of [
    ['pause', 'pause: start nothing new until it is resumed; work in flight finishes'],
    ['resume', 'resume a paused drill'],
  ] as const) {
    drill
      .command(`${name} <id>`)
      .description(description)
      .action(
        aDrill(({ client, output }, id) =>
          show(
            name === 'pause'
              ? client.request('POST /v1/drills/{id}/pause', { id })
              : client.request('POST /v1/drills/{id}/resume', { id }),
            output,
          ),
        ),
      );
  }
  drill
    .command('abort <id>')
    .description('abort a drill; work in flight finishes')
    .option('--rollback', 'promote promoted keys back')
    .option(...yesOption)
    .action(aDrill(abort));
  drill
    .command('break-glass <id>')
    .description('admins: continue without the missing approvals; recorded as a finding')
    .requiredOption('--reason <text>', 'stored permanently')
    .action(
      aDrill(({ client, output }, id, { reason }) =>
        show(client.request('POST /v1/drills/{id}/break-glass', { id, body: { reason } }), output),
      ),
    );
  drill
    .command('finding <id>')
    .description('add a finding, also to a closed drill')
    .requiredOption('--message <text>', 'what was found')
    .addOption(new Option('--severity <severity>', 'severity').choices(findingSeverities).default('warning'))
    .option('--owner <name>', 'owner')
    .option('--due <date>', 'until when, 2027-03-01')
    .option('--ticket <id>', 'ticket id')
    .action(
      aDrill(({ client, output }, id, finding) =>
        show(client.request('POST /v1/drills/{id}/findings', { id, body: finding }), output),
      ),
    );
  drill
    .command('validate')
    .description('check runbooks offline: all errors with their lines')
    .requiredOption('-f, --file <files...>', 'runbooks, "-" for standard input')
    .action(offline(validate));
  drill
    .command('schema')
    .description('print the JSON Schema of a runbook, for editors')
    .action(
      offline(async () => {
        process.stdout.write(`${JSON.stringify(runbookJsonSchema(), null, 2)}\n`);
        return exitCodes.ok;
      }),
    );
  return drill;
}

interface RunOptions {
  readonly file: string;
  readonly rehearse?: boolean;
  readonly wait?: boolean;
  readonly idempotencyKey?: string;
  readonly patience: number;
}

async function run(
  { client, output }: Context,
  { file, rehearse = false, wait = false, idempotencyKey, patience }: RunOptions,
): Promise<number> {
  const { name, parsed, faults } = await readRunbookFile(file);
  if (parsed === null || faults.length > 0) throw invalidPlan(name, faults, 'runbook');
  try {
    const runbook = rehearse ? { ...parsed.spec, mode: 'rehearse' } : parsed.spec;
    const drill = await client.request('POST /v1/drills', {
      body: runbook,
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    });
    if (wait) {
      output.say(`Declared drill ${drill.id} (${drill.name}).`);
      return await watchDrill({ client, output }, drill.id, { patience });
    }
    output.made(drill, `Declared drill ${drill.id} (${drill.name}).\nFollow it: keyferry drill watch ${drill.id}`);
    return exitCodes.ok;
  } catch (error) {
    const errors = error instanceof ProblemError ? error.problem.errors : undefined;
    if (errors) throw invalidPlan(name, runbookFaults(parsed, errors), 'runbook');
    throw error;
  }
}

async function list({ client, output }: Context): Promise<number> {
  const page = await client.request('GET /v1/drills', { query: { limit: 100 } });
  output.result(page.items, () => {
    if (page.items.length === 0) return 'No drills yet. Run one: keyferry drill run -f runbook.yaml';
    const table = createTable(['id', 'name', 'mode', 'state', 'step', 'declared', 'findings']);
    for (const { id, name, mode, state, current_step, steps, declared_at, findings } of page.items) {
      const grave = findings.warning + findings.blocking;
      const step = `${steps.done}/${steps.total}${current_step === null ? '' : ` ${current_step}`}`;
      table.push([id, name, mode, paintDrill(state), step, declared_at, grave === 0 ? '-' : pc.yellow(String(grave))]);
    }
    return table.toString();
  });
  return exitCodes.ok;
}

async function show(asked: Promise<DrillView>, output: Output): Promise<number> {
  const drill = await asked;
  output.result(drill, () => drillText(drill, Date.now()));
  return drill.finished_at === null ? exitCodes.ok : exitCodeOfDrill(drill.state);
}

/** Shows what is decided on, and decides on exactly that: should the drill be another, the API refuses. */
async function decide(
  { client, output }: Context,
  id: string,
  decision: 'approve' | 'reject',
  { step, comment, yes }: { step?: string; comment?: string; yes?: boolean },
): Promise<number> {
  mustBeConfirmable({ yes });
  const drill = await client.request('GET /v1/drills/{id}', { id });
  output.say(`${drillText(drill, Date.now())}\n`);
  output.say(await drillDecisionText(client, drill, step ?? null));
  await mustConfirm(decision === 'approve' ? 'Approve it?' : 'Reject it?', { yes });
  const after = await client.request('POST /v1/drills/{id}/approve', {
    id,
    body: {
      ...{ decision, spec_sha256: drill.spec_sha256, step: step ?? null },
      ...(drill.scope_sha256 === null ? {} : { scope_sha256: drill.scope_sha256 }),
      ...(comment === undefined ? {} : { comment }),
    },
  });
  output.result(after, () =>
    `${decision === 'approve' ? 'Approved' : 'Rejected'}. The drill is ${paintDrill(after.state)}. ${after.reason ?? ''}`.trim(),
  );
  return exitCodes.ok;
}

/** What is decided, for the person who decides it; `step` is the id of the step that waits. */
async function drillDecisionText(client: Context['client'], drill: DrillView, step: string | null): Promise<string> {
  return decisionText(drillInWords(drill, await readDrillFacts(client, drill), step));
}

const waitingStep = ({ steps }: DrillView): string | null =>
  steps.find(({ state }) => state === 'awaiting_approval')?.id ?? null;

async function abort(
  { client, output }: Context,
  id: string,
  { rollback = false, yes }: { rollback?: boolean; yes?: boolean },
): Promise<number> {
  mustBeConfirmable({ yes });
  const drill = await client.request('GET /v1/drills/{id}', { id });
  output.say(drillText(drill, Date.now()));
  await mustConfirm(
    rollback ? 'Abort the drill and promote promoted keys back?' : 'Abort the drill? Promoted keys stay promoted.',
    { yes },
  );
  const after = await client.request('POST /v1/drills/{id}/abort', { id, body: { rollback } });
  output.result(
    after,
    () => `The drill is ${paintDrill(after.state)}. Follow it to its end: keyferry drill watch ${id}`,
  );
  return exitCodes.ok;
}

async function validate(output: Output, { file: files }: { file: string[] }): Promise<number> {
  const read = await Promise.all(files.map(readRunbookFile));
  return reportChecked(
    output,
    read.map(({ name, parsed, faults }) => ({
      name,
      faults,
      size: faults.length > 0 ? '' : `${runbookSchema.parse(parsed?.spec).steps.length} steps`,
    })),
  );
}

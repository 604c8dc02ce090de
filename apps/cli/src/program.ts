import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { version } from '@keyferry/core';
import { addAuditCommands } from './audit/audit-commands.ts';
import { addCompletionCommand } from './completion/completion-command.ts';
import { connect } from './connect.ts';
import { addContextCommands } from './contexts/context-commands.ts';
import { addCoverageCommands } from './coverage-commands.ts';
import { addDoctorCommand } from './doctor/doctor-command.ts';
import { addDrillCommands } from './drills/drill-commands.ts';
import { addDrillReportCommand, addEvidenceCommands } from './evidence/evidence-commands.ts';
import { findId } from './find-id.ts';
import { addLaneCommands } from './lane-commands.ts';
import { address } from './option-values.ts';
import { createOutput, type Output } from './output.ts';
import { addPermissionsCommand } from './permissions-command.ts';
import { addPlanCommands } from './plan-commands.ts';
import { addPlanFileCommands } from './plan-file-commands.ts';
import { addRegionGroupCommands } from './region-group-commands.ts';
import { addResultOptions, resultFormat } from './result-options.ts';
import { addRulesCommands } from './rules-commands.ts';
import type { Runners } from './runners.ts';
import { addScheduleCommands } from './schedule-commands.ts';
import { addStatusCommand } from './status-command.ts';
import { addTokenCommands } from './token-commands.ts';
import { addWebhookCommands } from './webhook-commands.ts';

const epilogue = `
Environment
  KEYFERRY_URL         address of the API (http://127.0.0.1:4400)
  KEYFERRY_TOKEN       API token, or KEYFERRY_TOKEN_FILE: a file that holds it
  KEYFERRY_CONTEXT     a server that was logged in to; the variables above win
  KEYFERRY_CA_FILE     PEM of the CA of the API's certificate, where it is not a public one

Exit codes
  0 all usable   1 Keyferry failed   2 some failed or blocked   3 cancelled or halted
  coverage check --exit-code: 0 all covered   2 something is not   3 could not be checked
  64 wrong command, file or state   69 API not reachable or busy   77 not permitted   130 interrupted`;

/** Commander hands an action its command last. */
function outputOf(given: readonly unknown[]): Output {
  const { format, quiet } = resultFormat(given.at(-1) as CommandUnknownOpts);
  return createOutput(format, quiet);
}

/** Every command of `keyferry`; one that has run gives its exit code to `finish`. */
export function program(finish: (code: number) => void, env: NodeJS.ProcessEnv = {}) {
  const root = new Command('keyferry')
    .description('Replicates multi-Region AWS KMS keys in bulk through CipherTrust Cloud Key Manager.')
    .option('--url <address>', 'address of the API', address)
    .option('--context <name>', 'a stored server, instead of the current one')
    .option('--json', 'print results and errors as JSON', false)
    .version(version, '--version', 'print the version')
    .addHelpText('after', epilogue);
  const runners: Runners = {
    online:
      (work) =>
      async (...given) => {
        finish(await work({ client: connect(env, root.opts()), output: outputOf(given) }, ...given));
      },
    about: (kind) => (work) =>
      runners.online(async (context, reference, ...given) => {
        const id = reference === undefined ? reference : await findId(context.client, kind, reference);
        return work(context, id as typeof reference, ...given);
      }),
    offline:
      (work) =>
      async (...given) =>
        finish(await work(outputOf(given), ...given)),
  };
  const plan = root.command('plan').description('submit, follow and control plans');
  addPlanFileCommands(plan, runners);
  addRulesCommands(root, runners);
  addRegionGroupCommands(root, runners);
  addLaneCommands(root, runners);
  addScheduleCommands(root, runners);
  addCoverageCommands(root, runners);
  const drill = addDrillCommands(root, runners);
  addStatusCommand(root, runners);
  addContextCommands(root, runners, env);
  addDoctorCommand(root, runners, env);
  addPermissionsCommand(root, runners);
  addPlanCommands(plan, runners);
  addTokenCommands(root, runners);
  addWebhookCommands(root, runners);
  addAuditCommands(root, runners);
  addDrillReportCommand(drill, runners);
  addEvidenceCommands(root, runners);
  addCompletionCommand(root, runners);
  addResultOptions(root);
  return root;
}

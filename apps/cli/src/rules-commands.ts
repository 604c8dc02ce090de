import type { CommandUnknownOpts as Command } from '@commander-js/extra-typings';
import { ProblemError } from '@keyferry/client';
import { type ApprovalRulesView, approvalCommentSchema, type FileKind, ruleInWords } from '@keyferry/core';
import { stringify } from 'yaml';
import type { Context } from './context.ts';
import { CliError, exitCodes } from './exit-codes.ts';
import { invalidPlan } from './plan-file.ts';
import { readRulesFile, rulesFaults } from './rules-file.ts';
import type { Runners } from './runners.ts';
import { createTable } from './table.ts';

/** Versions that are shown. */
const versionsShown = 20;

/** The commands about approval rules: which plans, schedules and drills need which approvals. */
export function addRulesCommands(root: Command, { online }: Runners): void {
  const rules = root.command('rules').description('which plans, schedules and drills need which approvals');
  rules.command('show').description('show the current rules, as a file for `rules apply`').action(online(show));
  rules
    .command('apply')
    .description('replace all rules with those of a file')
    .requiredOption('-f, --file <file>', 'rules file (YAML or JSON), "-" for standard input')
    .option('--comment <text>', 'reason, for the audit log')
    .action(online(apply));
  rules
    .command('history')
    .description(`list the last ${versionsShown} versions of the rules, newest first`)
    .action(online(history));
}

async function show({ client, output }: Context): Promise<number> {
  const rules = await client.request('GET /v1/approval-rules');
  output.result(rules, () => asFile(rules));
  return exitCodes.ok;
}

async function apply({ client, output }: Context, options: { file: string; comment?: string }): Promise<number> {
  const { name, parsed, data } = await readRulesFile(options.file);
  const comment = approvalCommentSchema.safeParse(options.comment ?? null);
  if (!comment.success) throw new CliError(exitCodes.usage, 'A comment has 1 to 2,000 characters.');
  const before = await client.request('GET /v1/approval-rules');
  const given = { rules: data.rules, version: data.version ?? before.version, comment: comment.data };
  const put = await client.request('PUT /v1/approval-rules', { body: given }).catch((error: unknown) => {
    const errors = error instanceof ProblemError ? error.problem.errors : undefined;
    throw errors ? invalidPlan(name, rulesFaults(parsed, errors), 'rules') : error;
  });
  const applied = put.version === before.version ? 'unchanged' : before.author === null ? 'created' : 'configured';
  const headline = applied === 'unchanged' ? 'Unchanged' : `Rules ${applied}`;
  output.result({ ...put, applied }, () => `${headline}: version ${put.version}.\n${inWords(put)}`);
  return exitCodes.ok;
}

async function history({ client, output }: Context): Promise<number> {
  const { items } = await client.request('GET /v1/approval-rules/versions', { query: { limit: versionsShown } });
  output.result(items, () => {
    if (items.length === 0) return none;
    const table = createTable(['version', 'rules', 'by', 'at', 'why', 'SHA-256'], ['version', 'rules']);
    for (const { version, rules, author, created_at, comment, sha256 } of items) {
      table.push([version, rules.length, author ?? '-', created_at ?? '-', comment ?? '', sha256?.slice(0, 12) ?? '']);
    }
    return table.toString();
  });
  return exitCodes.ok;
}

const none =
  'No rules yet: plans and drills need only the approvals that they set themselves. Create rules: keyferry rules apply -f rules.yaml';

function inWords({ rules }: ApprovalRulesView): string {
  if (rules.length === 0) return 'No rules: plans and drills need only the approvals that they set themselves.';
  return rules.map((rule) => `  ${rule.name}: ${ruleInWords(rule)}`).join('\n');
}

/** Rules as YAML. With its version a file replaces no other one. */
function asFile(view: ApprovalRulesView): string {
  const { version, rules, author, created_at, comment } = view;
  if (author === null) return none;
  const why = comment === null ? '' : `\n# ${comment.replaceAll(/\s+/g, ' ')}`;
  return `# By ${author} at ${created_at}${why}\n${stringify({ kind: 'ApprovalRules' satisfies FileKind, version, rules }).trimEnd()}`;
}

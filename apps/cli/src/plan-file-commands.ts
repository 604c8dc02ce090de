import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { planJsonSchema } from '@keyferry/core';
import { patience } from './option-values.ts';
import { submit } from './plan-commands.ts';
import { previewPlan } from './preview/preview-plan.ts';
import type { Runners } from './runners.ts';
import { validatePlans } from './validate-plans.ts';

const manifest = 'manifest: rows of key and Region, .csv or .ndjson';

/** The commands that begin with a plan file: submit, preview, validate, and the schema of one. */
export function addPlanFileCommands(plan: CommandUnknownOpts, { online, about, offline }: Runners): void {
  plan
    .command('submit')
    .description('submit a plan file (YAML or JSON), a manifest of rows, or both')
    .option('-f, --file <file>', 'plan file, "-" for standard input')
    .option('--manifest <file>', manifest)
    .option('--wait', 'follow it until it ends')
    .option('--preview', 'resolve and check only; nothing is created')
    .option('--name <name>', 'name of the plan, instead of the one in the file')
    .option('--skip-same-region', "skip pairs whose Region is the primary's own, instead of blocking them")
    .option('--idempotency-key <key>', 'a repeat with the same key submits nothing new')
    .addOption(patience())
    .action(online(submit));
  plan
    .command('preview [id]')
    .description('show what a plan file or a previewed plan would do; creates nothing')
    .option('-f, --file <file>', 'plan file, "-" for standard input')
    .option('--manifest <file>', manifest)
    .option('--name <name>', 'name of the plan, instead of the one in the file')
    .option('--skip-same-region', "skip pairs whose Region is the primary's own, instead of blocking them")
    .option('--all', 'show all keys')
    .option('--exit-code', '0: nothing to do, 1: error or rows blocked, 2: replicas to create')
    .addOption(patience())
    .action(about('plan')(previewPlan));
  plan
    .command('validate')
    .description('check plan files offline: all errors with their lines')
    .option('-f, --file <files...>', 'plan files, "-" for standard input')
    .option('--manifest <file>', manifest)
    .action(offline(validatePlans));
  plan
    .command('schema')
    .description('print the JSON Schema of a plan file, for editors')
    .action(
      offline(async () => {
        process.stdout.write(`${JSON.stringify(planJsonSchema(), null, 2)}\n`);
        return 0;
      }),
    );
}

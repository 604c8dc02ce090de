import type { CommandUnknownOpts as Command } from '@commander-js/extra-typings';
import type { Runners } from '../runners.ts';
import { reportDrill } from './report-drill.ts';
import { verifyEvidence } from './verify-evidence.ts';

/** What is done with the evidence of drills. */
export function addEvidenceCommands(root: Command, { offline }: Runners): void {
  root
    .command('evidence')
    .description('evidence packs of drills')
    .command('verify <pack>')
    .description('check an evidence pack without the API; names the first thing that is not as it was written')
    .option('--key <files...>', 'public keys in PEM that it may be signed with')
    .option('--allow-unsigned', 'take a pack that was made without a signing key')
    .action(offline(verifyEvidence));
}

/** `drill report`, among the commands of drills. */
export function addDrillReportCommand(drill: Command, { about }: Runners): void {
  drill
    .command('report <id>')
    .description('the signed evidence pack of a closed drill')
    .option('-o, --output <file>', 'into this file')
    .option('--html', 'only the report for people')
    .action(about('drill')(reportDrill));
}

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
    .description('check an evidence pack offline; reports the first change')
    .option('--key <files...>', 'accepted public keys, in PEM')
    .option('--allow-unsigned', 'accept a pack that was created without a signing key')
    .action(offline(verifyEvidence));
}

/** `drill report`, among the commands of drills. */
export function addDrillReportCommand(drill: Command, { about }: Runners): void {
  drill
    .command('report <id>')
    .description('download the signed evidence pack of a closed drill')
    .option('-o, --output <file>', 'write to this file')
    .option('--html', 'only the HTML report')
    .action(about('drill')(reportDrill));
}

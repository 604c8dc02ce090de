import type { Command } from 'commander';
import type { Runners } from '../plan-file-commands.ts';
import { type ReportDrillOptions, reportDrill } from './report-drill.ts';
import { type VerifyEvidenceOptions, verifyEvidence } from './verify-evidence.ts';

/** What is done with the evidence of drills. */
export function addEvidenceCommands(root: Command, { offline }: Pick<Runners, 'offline'>): void {
  root
    .command('evidence')
    .description('evidence packs of drills')
    .command('verify <pack>')
    .description('check an evidence pack without the API; names the first thing that is not as it was written')
    .option('--key <files...>', 'public keys in PEM that it may be signed with')
    .option('--allow-unsigned', 'take a pack that was made without a signing key')
    .action(
      offline((output, options, [pack = '']) =>
        verifyEvidence(output, pack, options as unknown as VerifyEvidenceOptions),
      ),
    );
}

/** `drill report`, among the commands of drills. */
export function addDrillReportCommand(drill: Command, { online }: Pick<Runners, 'online'>): void {
  drill
    .command('report <id>')
    .description('the signed evidence pack of a closed drill')
    .option('-o, --output <file>', 'into this file')
    .option('--html', 'only the report for people')
    .action(
      online((context, [id = ''], options) => reportDrill(context, id, options as unknown as ReportDrillOptions)),
    );
}

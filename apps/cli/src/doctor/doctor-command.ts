import type { CommandUnknownOpts as Command } from '@commander-js/extra-typings';
import { exitCodes } from '../exit-codes.ts';
import type { Runners } from '../runners.ts';
import { report } from './report.ts';

/** Something that Keyferry stands on does not work. */
const somethingFailed = 1;

/** `keyferry doctor`: what it needs (Prisma, BullMQ) is loaded only when it runs. */
export function addDoctorCommand(root: Command, { offline }: Runners, env: NodeJS.ProcessEnv): void {
  root
    .command('doctor')
    .description('check the dependencies of an API or worker in this environment; changes nothing')
    .action(
      offline(async (output) => {
        const { examine } = await import('./examine.ts');
        const { usable, findings, permissions } = await examine(env);
        const failed = findings.some(({ status }) => status === 'fail');
        const exitCode = !usable ? exitCodes.usage : failed ? somethingFailed : exitCodes.ok;
        output.result({ exit_code: exitCode, findings, permissions }, () => report(findings));
        return exitCode;
      }),
    );
}

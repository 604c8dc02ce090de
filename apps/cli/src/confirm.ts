import { createInterface } from 'node:readline/promises';
import { CliError, exitCodes } from './exit-codes.ts';

interface Confirmation {
  /** `--yes`: confirmed, no prompt. */
  readonly yes?: boolean | undefined;
  /** What was not done, where it was not confirmed. */
  readonly refused?: string;
}

/** Throws CliError without a terminal and without `yes`: before the API is called, so that a script fails at once. */
export function mustBeConfirmable({ yes = false, refused = 'Nothing was changed' }: Confirmation): void {
  if (yes || process.stdin.isTTY) return;
  throw new CliError(exitCodes.usage, `${refused}: no terminal to ask for confirmation. Add --yes to continue.`);
}

/** Asks before something is done that cannot be undone. Throws CliError unless it is confirmed. */
export async function mustConfirm(question: string, confirmation: Confirmation): Promise<void> {
  mustBeConfirmable(confirmation);
  if (confirmation.yes) return;
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await prompt.question(`${question} [y/N] `);
  prompt.close();
  if (!/^y(es)?$/i.test(answer.trim())) {
    throw new CliError(exitCodes.usage, `${confirmation.refused ?? 'Nothing was changed'}.`);
  }
}

/** The option that goes with it. */
export const yesOption = ['-y, --yes', 'do not ask'] as const;

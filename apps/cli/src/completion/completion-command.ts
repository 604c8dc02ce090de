import { Argument, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { exitCodes } from '../exit-codes.ts';
import type { Runners } from '../runners.ts';
import { completionScript, shells } from './completion-script.ts';

/** `keyferry completion bash`: what a shell sources to complete commands. */
export function addCompletionCommand(root: CommandUnknownOpts, { offline }: Runners): void {
  root
    .command('completion')
    .description('print a shell script that completes commands, options and their values')
    .addArgument(new Argument('<shell>', 'which shell').choices(shells))
    .addHelpText(
      'after',
      `
  bash   source <(keyferry completion bash)          in ~/.bashrc
  zsh    source <(keyferry completion zsh)           in ~/.zshrc, after compinit
  fish   keyferry completion fish | source           in ~/.config/fish/config.fish`,
    )
    .action(
      offline(async (output, shell) => {
        const script = completionScript(root, shell);
        output.result({ shell, script }, () => script);
        return exitCodes.ok;
      }),
    );
}

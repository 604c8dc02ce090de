import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { program } from '../program.ts';
import { completionScript } from './completion-script.ts';

const root = program(() => undefined);
const script = completionScript(root, 'bash');

/** What bash offers for the last of these words. */
function offered(...words: string[]): string[] {
  const ask = `${script}\nCOMP_WORDS=(keyferry "$@"); COMP_CWORD=$#; _keyferry; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync('bash', ['-c', ask, 'bash', ...words], { encoding: 'utf8', cwd: import.meta.dirname })
    .split('\n')
    .filter(Boolean);
}

describe('completion in bash', () => {
  it('offers commands, their commands, and the options of each, of all commands too', () => {
    expect(offered('pl')).toEqual(['plan']);
    expect(offered('plan', 're')).toEqual(['report', 'resume', 'reject', 'retry']);
    expect(offered('plan', 'report', '--f')).toEqual(['--format']);
    expect(offered('plan', 'report', 'an-id', '--js')).toEqual(['--json']);
    expect(offered('--url', 'https://example.com', 'coverage', 'che')).toEqual(['check']);
  });

  it('offers what an option takes, files where it takes one, and nothing where only the user knows', () => {
    expect(offered('plan', 'list', '--state', 'r')).toEqual(['resolving', 'running']);
    expect(offered('plan', 'list', '-o', '')).toEqual(['table', 'json', 'yaml', 'name']);
    expect(offered('plan', 'submit', '-f', 'completion-script.t')).toEqual([
      'completion-script.test.ts',
      'completion-script.ts',
    ]);
    expect(offered('plan', 'submit', '--name', '')).toEqual([]);
  });
});

it.each(['bash', 'zsh', 'fish'] as const)('completion in %s knows every command', (shell) => {
  const text = completionScript(root, shell);
  for (const command of root.commands) {
    expect(text).toContain(`'/${command.name()}'`);
    for (const child of command.commands) expect(text).toContain(`'/${command.name()}/${child.name()}'`);
  }
});

import { vi } from 'vitest';
import { runCli } from '../../apps/cli/src/run-cli.ts';

/** Runs the CLI in this process, which costs no start of Node; without anything on standard input. */
export async function runCliHere(args: readonly string[], env: Record<string, string>) {
  const written = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((chunk) => {
      written[name] += String(chunk);
      return true;
    }),
  );
  try {
    const code = await runCli(args, env);
    return { code, out: written.stdout, err: written.stderr };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

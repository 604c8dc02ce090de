import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { bareEnvironment } from '../harness/bare-environment.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

it('`npm run keyferry` in a checkout reads files from where npm is called', async () => {
  const cwd = mkdtempSync(join(tmpdir(), 'keyferry-called-here-'));
  try {
    writeFileSync(
      join(cwd, 'here.yaml'),
      'name: dr\nkeys: [mrk-1234567890abcdef1234567890abcdef]\nregions: [eu-west-1]\n',
    );
    const { stdout } = await promisify(execFile)(
      'npm',
      ['--prefix', root, 'run', '-s', 'keyferry', '--', 'plan', 'validate', '-f', 'here.yaml'],
      { cwd, env: bareEnvironment },
    );
    expect(stdout).toContain('here.yaml: valid');
  } finally {
    rmSync(cwd, { recursive: true });
  }
}, 60_000);

import { execFile } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const folder = fileURLToPath(new URL('../../.keyferry/schemathesis/', import.meta.url));
const requirements = fileURLToPath(new URL('requirements.txt', import.meta.url));
const stamp = `${folder}installed.txt`;

/**
 * Answers the path of a schemathesis of the versions that `requirements.txt` names, in a folder of its own below `.keyferry`.
 * Installs it where it is not there. Throws what to install when Python or pip is missing.
 */
export async function installSchemathesis(): Promise<string> {
  const program = `${folder}bin/schemathesis`;
  const wanted = readFileSync(requirements, 'utf8');
  if (existsSync(program) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return program;
  rmSync(folder, { recursive: true, force: true });
  process.stderr.write('installing schemathesis, once for this requirements.txt …\n');
  await step('python3 3.11 or newer', 'python3', [
    '-c',
    'import sys; sys.exit(f"this is Python {sys.version}" if sys.version_info < (3, 11) else 0)',
  ]);
  await step('the module venv of python3, with pip (on Debian: apt-get install python3-venv python3-pip)', 'python3', [
    ...['-m', 'venv', folder],
  ]);
  await step('what requirements.txt names, from a Python package registry that pip can reach', `${folder}bin/pip`, [
    ...['install', '--quiet', '--disable-pip-version-check', '--requirement', requirements],
  ]);
  writeFileSync(stamp, wanted);
  return program;
}

async function step(needed: string, program: string, args: readonly string[]): Promise<void> {
  await run(program, args).catch((error: Error) => {
    throw new Error(`The API is checked with schemathesis, which needs ${needed}. Install it.\n${error.message}`);
  });
}

import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { tell } from './private-server.ts';

const run = promisify(execFile);
const tools = fileURLToPath(new URL('../../.keyferry/tools/browsers', import.meta.url));

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge'];
const elsewhere = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
];

/** Finds or fetches a Chromium. Rejects with what to do when this machine offers no way. */
export async function findChromium(): Promise<string> {
  const there = installed() ?? fetched();
  if (there !== undefined) return there;
  const reasons: unknown[] = [];
  for (const way of [fromDistribution, fromPlaywright]) {
    try {
      return await way();
    } catch (error) {
      reasons.push(error);
    }
  }
  throw new AggregateError(
    reasons,
    'The browser tests need a Chromium: install one (Debian: apt-get install chromium; macOS: brew install --cask chromium), or name it in CHROMIUM.',
  );
}

function installed(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  const inPath = folders.flatMap((folder) => names.map((name) => join(folder, name)));
  return [process.env.CHROMIUM ?? '', ...inPath, ...elsewhere].find((file) => file !== '' && existsSync(file));
}

/** Only root may install for the whole machine; where CI and containers run, it does. */
async function fromDistribution(): Promise<string> {
  if (process.getuid?.() !== 0) throw new Error('Only root may install the package chromium.');
  tell("installing the distribution's package chromium");
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  // Several test files may need it at the same moment.
  const patient = ['-o', 'DPkg::Lock::Timeout=300'];
  await run('apt-get', [...patient, 'update', '-qq'], { env }).catch(() => undefined);
  const there = installed();
  if (there !== undefined) return there;
  await run('apt-get', [...patient, 'install', '-qq', '-y', '--no-install-recommends', 'chromium'], {
    env,
    maxBuffer: 2 ** 26,
  });
  const program = installed();
  if (program === undefined) throw new Error('The package chromium brought no program of this name.');
  return program;
}

/** Playwright's own build, for the rest of the world. */
async function fromPlaywright(): Promise<string> {
  tell('fetching a Chromium into .keyferry/tools');
  const cli = fileURLToPath(new URL('cli.js', import.meta.resolve('playwright-core/package.json')));
  const env = { ...process.env, PLAYWRIGHT_BROWSERS_PATH: tools };
  await run(process.execPath, [cli, 'install', 'chromium-headless-shell'], { env, maxBuffer: 2 ** 26 });
  const program = fetched();
  if (program === undefined) throw new Error('Playwright has installed a Chromium, but not where it was to.');
  return program;
}

function fetched(): string | undefined {
  if (!existsSync(tools)) return undefined;
  const shells = readdirSync(tools, { recursive: true, encoding: 'utf8' });
  const shell = shells.find((file) => /(^|[/\\])(chrome-headless-shell|headless_shell)(\.exe)?$/.test(file));
  return shell && join(tools, shell);
}

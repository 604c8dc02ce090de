import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { newDrill } from '../../../../test/models/evidence/new-drill.ts';
import { newPack } from '../../../../test/models/evidence/new-pack.ts';
import { newSigner } from '../../../../test/models/evidence/signer.ts';

const signer = newSigner();
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keyferry-evidence-'));
  const pack = await newPack(newDrill(), signer);
  await writeFile(join(folder, 'drill.zip'), pack);
  await writeFile(join(folder, 'broken.zip'), pack.with(5_000, (pack[5_000] ?? 0) ^ 1));
  await writeFile(join(folder, 'unsigned.zip'), await newPack(newDrill(), null));
  await writeFile(join(folder, 'public.pem'), signer.view.public_key);
  await writeFile(join(folder, 'other.pem'), newSigner().view.public_key);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The CLI without an API, a token or anything else of its environment. */
function keyferry(...args: string[]): Promise<{ code: number; out: string }> {
  const main = fileURLToPath(new URL('../main.ts', import.meta.url));
  return new Promise((done) => {
    execFile(process.execPath, [main, ...args], { cwd: folder, env: {} }, (error, out, err) =>
      done({ code: typeof error?.code === 'number' ? error.code : 0, out: out + err }),
    );
  });
}

it('verifies a pack offline: 0 if it is unchanged, 1 with the first fault', async () => {
  const [whole, pinned, other, broken, unsigned, allowed, absent] = await Promise.all([
    keyferry('evidence', 'verify', 'drill.zip'),
    keyferry('--json', 'evidence', 'verify', 'drill.zip', '--key', 'public.pem'),
    keyferry('evidence', 'verify', 'drill.zip', '--key', 'other.pem'),
    keyferry('--json', 'evidence', 'verify', 'broken.zip'),
    keyferry('evidence', 'verify', 'unsigned.zip'),
    keyferry('evidence', 'verify', 'unsigned.zip', '--allow-unsigned'),
    keyferry('evidence', 'verify', 'absent.zip'),
  ]);
  expect(whole).toMatchObject({ code: 0, out: expect.stringContaining('only against the key inside the pack') });
  expect(whole.out).toContain(signer.view.key_id);
  expect(pinned.code).toBe(0);
  expect(JSON.parse(pinned.out)).toMatchObject({ ok: true, key_given: true, key_id: signer.view.key_id, items: 6 });
  expect(other).toMatchObject({ code: 1, out: expect.stringContaining('which is not one of the given keys') });
  expect(broken.code).toBe(1);
  expect(JSON.parse(broken.out)).toMatchObject({ ok: false, where: 'items.csv' });
  expect(unsigned).toMatchObject({ code: 1, out: expect.stringContaining('this pack is not signed') });
  expect(allowed).toMatchObject({ code: 0, out: expect.stringContaining('Not signed') });
  expect(absent).toMatchObject({ code: 64, out: expect.stringContaining('cannot be read') });
});

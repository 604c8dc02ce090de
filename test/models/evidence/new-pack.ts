import { canonical } from '../../../packages/evidence/src/canonical.ts';
import type { DrillEvidence } from '../../../packages/evidence/src/drill-evidence.ts';
import { startContainer } from '../../../packages/evidence/src/pack/container.ts';
import { packFormat } from '../../../packages/evidence/src/pack/manifest.ts';
import { type PackSigner, writePack } from '../../../packages/evidence/src/pack/write-pack.ts';
import { sha256 } from '../../../packages/evidence/src/sha256.ts';
import { drillId } from './new-drill.ts';

const generatedAt = '2026-11-24T10:00:00.000Z';

/** A pack as a whole, for tests. */
export async function newPack(evidence: DrillEvidence, signer: PackSigner | null): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of writePack(evidence, signer, generatedAt)) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** A container of any files, as whoever knows the format could make it. */
export function containerOf(files: Iterable<readonly [string, Uint8Array]>): Buffer {
  const container = startContainer();
  const pieces: Uint8Array[] = [];
  for (const [name, content] of files) {
    const push = container.add(name);
    pieces.push(...push(content), ...push(null));
  }
  return Buffer.concat([...pieces, ...container.end()]);
}

/** Signs other contents anew, as whoever has the key could. */
export function signedAnew(contents: ReadonlyMap<string, Uint8Array>, signer: PackSigner): Buffer {
  const files = [...contents].filter(([name]) => !name.startsWith('manifest'));
  const hashes = files.map(([name, content]) => [name, { sha256: sha256(content), bytes: content.length }] as const);
  const manifest = canonical({
    ...packFormat,
    drill_id: drillId,
    generated_at: generatedAt,
    files: Object.fromEntries(hashes),
  });
  const signature = canonical({
    algorithm: 'Ed25519',
    ...signer.view,
    manifest_sha256: sha256(manifest),
    signature: signer.sign(Buffer.from(manifest)),
  });
  return containerOf([
    ...files,
    ['manifest.json', Buffer.from(manifest)],
    ['manifest.sig.json', Buffer.from(signature)],
  ]);
}

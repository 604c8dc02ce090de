import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import type { PublicKeys } from '../audit/verify-log.ts';
import { canonical } from '../canonical.ts';
import type { EvidenceDrill } from '../drill-evidence.ts';
import {
  contentFiles,
  type Manifest,
  type ManifestSignature,
  manifestSchema,
  manifestSignatureSchema,
  noSignature,
  packFiles,
} from '../pack/manifest.ts';
import { sha256 } from '../sha256.ts';
import { BrokenPack, theContainer } from './broken-pack.ts';
import { checkContent } from './check-content.ts';
import { compareContainer } from './compare-container.ts';
import { type OpenedContainer, readContainer } from './read-container.ts';

export { BrokenPack } from './broken-pack.ts';

/** What a pack was found to be. */
export interface VerifiedPack {
  readonly drill: EvidenceDrill;
  readonly generated_at: string;
  readonly files: number;
  readonly items: number;
  readonly audit_entries: number;
  /** Whether runbook.json is the approved runbook to the byte, or has redacted values. */
  readonly runbook_exact: boolean;
  /** Whether CSV, report and README are those of its JSON to the byte; false: an earlier Keyferry wrote them, with the same figures. */
  readonly rendered_exactly: boolean;
  /** Null: it is not signed. */
  readonly key_id: string | null;
  /** The signature was checked with a key that was given, not only with the one in the pack. */
  readonly key_given: boolean;
}

/**
 * Verifies a pack, from its bytes alone: its signature, every hash, every sum, the audit entries, duties, findings, that CSV
 * and report say what the JSON says, and that there is
 * nothing in it, nor around its files, that Keyferry would not have written. Throws a BrokenPack that names the first thing
 * that is wrong. Without `keys` the signature is checked with the key that stands in the pack, which proves that nothing was
 * damaged and not who signed.
 */
export function verifyPack(
  bytes: Uint8Array,
  { keys = null, allowUnsigned = false }: { keys?: PublicKeys | null; allowUnsigned?: boolean } = {},
): VerifiedPack {
  const container = readContainer(bytes);
  checkFiles(container);
  const text = (name: string) => utf8(name, container.files.get(name) ?? new Uint8Array());
  const signature = readSignature(text('manifest.sig.json'), allowUnsigned);
  const manifest = readManifest(text('manifest.json'), signature, keys);
  checkHashes(manifest, container);
  compareContainer(bytes, container);
  const trusted =
    keys ?? (signature === null ? null : new Map([[signature.key_id, createPublicKey(signature.public_key)]]));
  const checked = checkContent(text, {
    keyId: signature?.key_id ?? null,
    keys: trusted,
    generatedAt: manifest.generated_at,
  });
  const { drill, items, auditEntries, runbookExact, renderedExactly } = checked;
  if (manifest.drill_id !== drill.id)
    throw new BrokenPack('manifest.json', 'it belongs to another drill than evidence.json');
  return {
    drill,
    generated_at: manifest.generated_at,
    files: packFiles.length,
    items,
    audit_entries: auditEntries,
    runbook_exact: runbookExact,
    rendered_exactly: renderedExactly,
    key_id: signature?.key_id ?? null,
    key_given: keys !== null,
  };
}

/** All files of a pack, once and in their order. Others were refused when the container was read. */
function checkFiles({ files }: OpenedContainer): void {
  const missing = packFiles.find((name) => !files.has(name));
  if (missing !== undefined) throw new BrokenPack(missing, 'it is missing');
  const misplaced = [...files.keys()].find((name, at) => packFiles[at] !== name);
  if (misplaced !== undefined) throw new BrokenPack(theContainer, `${misplaced} is out of order`);
}

function readSignature(text: string, allowUnsigned: boolean): ManifestSignature | null {
  if (text === canonical(noSignature)) {
    if (allowUnsigned) return null;
    throw new BrokenPack(
      'manifest.sig.json',
      'this pack is not signed: its origin is not proven (--allow-unsigned checks the rest)',
    );
  }
  const parsed = manifestSignatureSchema.safeParse(jsonOf('manifest.sig.json', text));
  if (!parsed.success || canonical(parsed.data) !== text) {
    throw new BrokenPack('manifest.sig.json', 'it was changed: this is not how Keyferry writes it');
  }
  return parsed.data;
}

function readManifest(text: string, signature: ManifestSignature | null, keys: PublicKeys | null): Manifest {
  if (signature !== null) checkManifestSignature(text, signature, keys);
  const parsed = manifestSchema.safeParse(jsonOf('manifest.json', text));
  if (!parsed.success || canonical(parsed.data) !== text) {
    throw new BrokenPack(
      'manifest.json',
      'it was changed: this is not how Keyferry writes it, or it is of another version',
    );
  }
  const wrong = [
    ...contentFiles.filter((name) => !(name in parsed.data.files)),
    ...Object.keys(parsed.data.files).filter((name) => !(contentFiles as readonly string[]).includes(name)),
  ][0];
  if (wrong !== undefined) throw new BrokenPack('manifest.json', `it does not list the files of a pack: ${wrong}`);
  return parsed.data;
}

function checkManifestSignature(text: string, signature: ManifestSignature, keys: PublicKeys | null): void {
  const changed = (what: string): never => {
    throw new BrokenPack('manifest.sig.json', what);
  };
  const own = readKey(signature.public_key) ?? changed('its public key was changed: it cannot be read');
  if (sha256(own.export({ type: 'spki', format: 'der' })) !== signature.key_id) {
    changed('its public key and key id do not match: one of them was changed');
  }
  const key = keys === null ? own : keys.get(signature.key_id);
  if (key === undefined) {
    throw new BrokenPack(
      'manifest.sig.json',
      `it is signed with the key ${signature.key_id}, which is not one of the given keys`,
    );
  }
  const bytes = Buffer.from(signature.signature, 'base64');
  const holds = bytes.toString('base64') === signature.signature && verify(null, Buffer.from(text), key, bytes);
  const same = sha256(text) === signature.manifest_sha256;
  if (!holds && same) changed('its signature was changed: it is not valid');
  if (holds && !same) changed('its hash of the manifest was changed');
  if (!holds) throw new BrokenPack('manifest.json', 'it was changed: the signature is not valid');
}

function readKey(pem: string): KeyObject | null {
  try {
    const key = createPublicKey(pem);
    return key.asymmetricKeyType === 'ed25519' && key.export({ type: 'spki', format: 'pem' }) === pem ? key : null;
  } catch {
    return null;
  }
}

function checkHashes({ files }: Manifest, container: OpenedContainer): void {
  for (const [name, content] of container.files) {
    const told = files[name];
    if (told === undefined || (told.bytes === content.length && told.sha256 === sha256(content))) continue;
    const size = told.bytes === content.length ? '' : `: ${content.length} bytes, not ${told.bytes}`;
    throw new BrokenPack(name, `SHA-256 mismatch, it was changed${size}`);
  }
}

function utf8(name: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new BrokenPack(name, 'it was changed: no longer UTF-8');
  }
}

function jsonOf(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new BrokenPack(name, 'it was changed: no longer JSON');
  }
}

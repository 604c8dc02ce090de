import { z } from 'zod';

/** The files of a pack, in their order. The last two speak of all others, and of the first of them. */
export const packFiles = [
  'README.txt',
  'runbook.json',
  'items.csv',
  'items.json',
  'promotions.csv',
  'promotions.json',
  'attempts.csv',
  'coverage.csv',
  'coverage.json',
  'approvals.json',
  'findings.csv',
  'findings.json',
  'log.json',
  'http-checks.json',
  'audit.ndjson',
  'audit-head.json',
  'evidence.json',
  'report.html',
  'manifest.json',
  'manifest.sig.json',
] as const;

export type PackFile = (typeof packFiles)[number];
/** Those that the manifest has the hashes of. */
export type ContentFile = Exclude<PackFile, 'manifest.json' | 'manifest.sig.json'>;

export const contentFiles = packFiles.slice(0, -2) as readonly ContentFile[];

/** The format of a pack, for later readers: raised when files or their meaning change. */
export const packFormat = { format: 'keyferry-drill-evidence', version: 1 } as const;

/**
 * How README.txt, the CSV files and report.html are written from the JSON of a pack: raised when they come out otherwise for
 * the same JSON. A pack of this rendering must have them to the byte; of an earlier one their figures are compared.
 */
export const rendering = 2;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

export const manifestSchema = z.strictObject({
  format: z.literal(packFormat.format),
  version: z.literal(packFormat.version),
  drill_id: z.uuid(),
  generated_at: z.iso.datetime({ precision: 3 }),
  files: z.record(z.string(), z.strictObject({ sha256, bytes: z.int().min(0) })),
});

export const manifestSignatureSchema = z.strictObject({
  algorithm: z.literal('Ed25519'),
  /** SHA-256 of the public key as SubjectPublicKeyInfo in DER, as checkpoints of the audit log have it. */
  key_id: sha256,
  public_key: z.string(),
  manifest_sha256: sha256,
  /** Over the bytes of manifest.json; base64. */
  signature: z.string(),
});

/** In the place of a signature, where Keyferry has no key to sign with. */
export const noSignature = { algorithm: null, reason: 'KEYFERRY_SIGNING_KEY is not set' } as const;

export type Manifest = z.infer<typeof manifestSchema>;
export type ManifestSignature = z.infer<typeof manifestSignatureSchema>;

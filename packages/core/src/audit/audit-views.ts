import { z } from 'zod';
import { roles } from '../access/roles.ts';

const time = z.iso.datetime({ precision: 3 }).describe('RFC 3339, UTC, milliseconds');
const hash = z.string().regex(/^[0-9a-f]{64}$/);
const seq = z.int().min(1);

export const auditOutcomes = ['done', 'refused'] as const;
export type AuditOutcome = (typeof auditOutcomes)[number];

/** An entry without its hash: what the hash is computed over, in canonical form (RFC 8785). */
const hashedEntrySchema = z.object({
  seq: seq.describe('1, 2, 3, … without a gap'),
  at: time,
  actor: z.object({
    caller: z.string().nullable().describe('Null: unknown caller; `system`: Keyferry itself'),
    role: z.enum(roles).nullable(),
    token_id: z.uuid().nullable().describe('Null for KEYFERRY_ADMIN_TOKEN and for `system`'),
  }),
  action: z.string().describe('See docs/security/audit-log.md'),
  object: z.object({ type: z.string(), id: z.string().nullable() }),
  outcome: z.enum(auditOutcomes),
  request_id: z.string().nullable(),
  detail: z.record(z.string(), z.unknown()),
  prev_hash: hash.describe('The hash of the previous entry; 64 zeros for the first'),
});

export const auditEntryViewSchema = hashedEntrySchema
  .extend({ hash: hash.describe('SHA-256 over the entry without this field as canonical JSON (RFC 8785)') })
  .meta({ id: 'AuditEntry' });

/** A checkpoint without its signature: what is signed, in canonical form. */
const signedCheckpointSchema = z.object({
  seq: seq.describe('The last entry at that time'),
  hash: hash.describe('The hash of that entry, which covers the whole log up to it'),
  at: time,
  key_id: hash.describe('SHA-256 of the public key as SubjectPublicKeyInfo in DER'),
  prev_hash: hash
    .optional()
    .describe(
      'SHA-256 over the previous checkpoint with its signature, as canonical JSON (RFC 8785); 64 zeros: none. ' +
        'Not set: signed before checkpoints were chained',
    ),
});

export const auditCheckpointViewSchema = signedCheckpointSchema
  .extend({
    signature: z.string().describe('Ed25519 over the checkpoint without this field as canonical JSON; base64'),
  })
  .meta({ id: 'AuditCheckpoint' });

export const auditKeyViewSchema = z
  .object({ key_id: hash, algorithm: z.literal('Ed25519'), public_key: z.string().describe('PEM') })
  .meta({ id: 'AuditKey' });

/** One line of an export. */
export const auditLineSchema = z.union([
  z.strictObject({ entry: auditEntryViewSchema }),
  z.strictObject({ checkpoint: auditCheckpointViewSchema }),
]);

/** The hash that the first entry follows, and the first checkpoint. */
export const auditGenesis = '0'.repeat(64);

export type AuditEntryView = z.infer<typeof auditEntryViewSchema>;
export type AuditCheckpointView = z.infer<typeof auditCheckpointViewSchema>;
export type SignedCheckpoint = z.infer<typeof signedCheckpointSchema>;
export type AuditKeyView = z.infer<typeof auditKeyViewSchema>;
export type AuditLine = z.infer<typeof auditLineSchema>;

import {
  type AuditEntryView,
  auditCheckpointViewSchema,
  auditEntryViewSchema,
  drillItemSchema,
  drillMoveSchema,
} from '@keyferry/core';
import { z } from 'zod';
import { BrokenLog } from '../audit/broken-log.ts';
import { checkEntryHash, checkSignature, type PublicKeys } from '../audit/verify-log.ts';
import { type EvidenceDrill, evidenceApprovalSchema, evidenceFindingSchema } from '../drill-evidence.ts';
import { evidenceDocumentSchema } from '../evidence-document.ts';
import type { ContentFile } from '../pack/manifest.ts';
import { canonical } from '../pack/rows.ts';
import { sha256 } from '../sha256.ts';
import { tallyEvidence } from '../tally-evidence.ts';
import { BrokenPack } from './broken-pack.ts';

/** Whether what a pack says holds together: sums follow from rows, hashes from what they are of, approvals from duties. */

export type TextOf = (name: ContentFile) => string;

export interface CheckedContent {
  readonly drill: EvidenceDrill;
  readonly items: number;
  readonly auditEntries: number;
  readonly runbookExact: boolean;
}

const cellSchema = z.object({ state: z.string() });
const headSchema = z.object({
  head: z.object({ seq: z.int().min(0), hash: z.string() }),
  checkpoint: auditCheckpointViewSchema.nullable(),
});

/** `keys`: the public keys that checkpoints may be signed with. Throws a BrokenPack. */
export function checkContent(text: TextOf, keyId: string | null, keys: PublicKeys | null): CheckedContent {
  const document = read('evidence.json', text, evidenceDocumentSchema);
  const { drill, runbook } = document;
  if (document.signed_with !== keyId) {
    throw new BrokenPack(
      'evidence.json',
      `it tells of another signing key than manifest.sig.json: ${document.signed_with ?? 'none'}`,
    );
  }
  if (runbook.exact && sha256(text('runbook.json')) !== drill.spec_sha256) {
    throw new BrokenPack('runbook.json', 'it does not have the SHA-256 that was approved');
  }
  const items = read('items.json', text, z.array(drillItemSchema));
  checkSums(document.tally, text, drill, items);
  checkTimes(drill);
  checkDuties(drill, text);
  return { drill, items: items.length, auditEntries: checkAudit(text, keys), runbookExact: runbook.exact };
}

function checkSums(told: unknown, text: TextOf, drill: EvidenceDrill, items: z.infer<typeof drillItemSchema>[]): void {
  const tallier = tallyEvidence(drill);
  for (const item of items) tallier.item(item);
  for (const move of read('promotions.json', text, z.array(drillMoveSchema))) tallier.move(move);
  for (const cell of read('coverage.json', text, z.array(cellSchema))) tallier.cell(cell);
  const wrong = differing(told, tallier.end(), 'tally');
  if (wrong !== null) throw new BrokenPack('evidence.json', `${wrong} does not follow from the rows of the pack`);
}

/** What older packs do not tell: it is checked where it is told. */
const addedLater: ReadonlySet<string> = new Set(['measured_to', 'promoted_at', 'by_material']);

/** The way to the first value that is another. */
function differing(told: unknown, counted: unknown, path: string): string | null {
  if (canonical(told) === canonical(counted)) return null;
  if (typeof told !== 'object' || typeof counted !== 'object' || told === null || counted === null) return path;
  let left = 0;
  for (const name of new Set([...Object.keys(told), ...Object.keys(counted)])) {
    if (addedLater.has(name) && !(name in told)) {
      left += 1;
      continue;
    }
    const pair = [told, counted].map((value) => (value as Record<string, unknown>)[name] ?? null);
    const wrong = differing(pair[0], pair[1], `${path}.${name}`);
    if (wrong !== null) return wrong;
    if (canonical(pair[0]) !== canonical(pair[1])) left += 1;
  }
  // Of two that are alike in all that both tell, nothing differs but what was added later.
  return left > 0 ? null : path;
}

function checkTimes({
  declared_at: declared,
  approved_at: approved,
  started_at: started,
  finished_at: finished,
}: EvidenceDrill): void {
  const known = Object.entries({ declared, approved, started, finished }).filter(([, time]) => time !== null);
  for (const [at, [name, time]] of known.entries()) {
    const before = known[at - 1];
    if (before !== undefined && (before[1] ?? '') > (time ?? '')) {
      throw new BrokenPack('evidence.json', `the drill was ${name} before it was ${before[0]}`);
    }
  }
}

/** Who submits does not approve, nobody approves twice, and what was approved is what was run. */
function checkDuties(drill: EvidenceDrill, text: TextOf): void {
  const approvals = read('approvals.json', text, z.array(evidenceApprovalSchema));
  const wrong = (what: string): never => {
    throw new BrokenPack('approvals.json', what);
  };
  for (const { approver, spec_sha256: spec, scope_sha256: scope, at } of approvals) {
    if (approver === drill.submitted_by) wrong(`${approver} submitted the drill and decided about it too`);
    if (spec !== drill.spec_sha256) wrong(`${approver} decided at ${at} about another runbook`);
    if (scope !== null && scope !== drill.scope_sha256) wrong(`${approver} decided at ${at} about other keys`);
  }
  const begin = approvals.filter(({ step, decision }) => step === null && decision === 'approve');
  const approvers = new Set(begin.map(({ approver }) => approver));
  if (drill.broken_glass !== null) {
    const told = read('findings.json', text, z.array(evidenceFindingSchema)).some(
      ({ code }) => code === 'broken_glass',
    );
    if (!told) throw new BrokenPack('findings.json', 'the drill went on by break-glass, and no finding tells of it');
  } else if (drill.started_at !== null && approvers.size < drill.approvals_required) {
    wrong(`the drill began with ${approvers.size} of ${drill.approvals_required} approvals`);
  }
}

/** Entries have the hashes that they carry; neighbours follow each other; the head and the checkpoint fit. */
function checkAudit(text: TextOf, keys: PublicKeys | null): number {
  const { head, checkpoint } = read('audit-head.json', text, headSchema);
  let last: AuditEntryView | null = null;
  let entries = 0;
  try {
    for (const line of text('audit.ndjson')
      .split('\n')
      .filter((one) => one !== '')) {
      const entry = parse('audit.ndjson', line, auditEntryViewSchema, `line ${entries + 1}`);
      checkEntryHash(JSON.parse(line) as AuditEntryView);
      if (last !== null && entry.seq <= last.seq)
        throw new BrokenLog(`Entry ${entry.seq} does not belong where it stands.`);
      if (last !== null && entry.seq === last.seq + 1 && entry.prev_hash !== last.hash) {
        throw new BrokenLog(
          `Entry ${last.seq} was put in the place of another: entry ${entry.seq} follows one with another hash.`,
        );
      }
      last = entry;
      entries += 1;
    }
    if (last !== null && (last.seq > head.seq || (last.seq === head.seq && last.hash !== head.hash))) {
      throw new BrokenLog(`Entry ${last.seq} does not fit the head of the log, ${head.seq}.`);
    }
  } catch (error) {
    throw error instanceof BrokenLog ? new BrokenPack('audit.ndjson', error.message) : error;
  }
  try {
    const known = checkpoint !== null && keys?.has(checkpoint.key_id) === true ? keys : null;
    if (checkpoint !== null) checkSignature(checkpoint, known);
  } catch (error) {
    throw error instanceof BrokenLog ? new BrokenPack('audit-head.json', error.message) : error;
  }
  return entries;
}

function read<Schema extends z.ZodType>(name: ContentFile, text: TextOf, schema: Schema): z.output<Schema> {
  return parse(name, text(name), schema, 'it');
}

function parse<Schema extends z.ZodType>(
  name: ContentFile,
  json: string,
  schema: Schema,
  what: string,
): z.output<Schema> {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new BrokenPack(name, `${what} is not JSON`);
  }
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  const [issue] = error.issues;
  throw new BrokenPack(
    name,
    `${what} is not what such a file holds: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`,
  );
}

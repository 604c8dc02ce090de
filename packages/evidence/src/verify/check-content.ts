import { drillItemSchema, drillMoveSchema } from '@keyferry/core';
import { z } from 'zod';
import type { PublicKeys } from '../audit/verify-log.ts';
import { canonical } from '../canonical.ts';
import {
  type EvidenceCell,
  type EvidenceCheck,
  type EvidenceDrill,
  evidenceApprovalSchema,
  evidenceCellSchema,
  evidenceFindingSchema,
  evidenceLogEntrySchema,
} from '../drill-evidence.ts';
import { type EvidenceDocument, evidenceDocumentSchema } from '../evidence-document.ts';
import type { ContentFile } from '../pack/manifest.ts';
import { sha256 } from '../sha256.ts';
import { type EvidenceTally, tallyEvidence } from '../tally-evidence.ts';
import { BrokenPack } from './broken-pack.ts';
import { checkAudit } from './check-audit.ts';
import { checkDuties } from './check-duties.ts';
import { checkFindings } from './check-findings.ts';
import { compareRenderings } from './compare-renderings.ts';
import { jsonOf, type PackFacts } from './derived-files.ts';
import { matchAudit } from './match-audit.ts';
import { asWritten, mustBe } from './must-be.ts';
import { read, type TextOf } from './read-json.ts';

/**
 * Whether what a pack says holds together: sums follow from rows, hashes from what they are of, approvals from duties, findings
 * from what happened, and CSV and report from the JSON; and the audit log says the same.
 */

export interface CheckedContent {
  readonly drill: EvidenceDrill;
  readonly items: number;
  readonly auditEntries: number;
  readonly runbookExact: boolean;
  /** CSV, report and README are those of the JSON to the byte, and not only in their figures. */
  readonly renderedExactly: boolean;
}

/** `keys`: the public keys that checkpoints may be signed with. Throws a BrokenPack. */
export function checkContent(
  text: TextOf,
  { keyId, keys, generatedAt }: { keyId: string | null; keys: PublicKeys | null; generatedAt: string },
): CheckedContent {
  const { drill, runbook, signed_with: signedWith } = readOne('evidence.json', text, evidenceDocumentSchema);
  if (signedWith !== keyId) {
    throw new BrokenPack('evidence.json', `its signing key is not that of manifest.sig.json: ${signedWith ?? 'none'}`);
  }
  if (runbook.exact && sha256(text('runbook.json')) !== drill.spec_sha256) {
    throw new BrokenPack('runbook.json', 'its SHA-256 is not the approved one');
  }
  const approved = readOne('runbook.json', text, runbookSchema);
  const items = readList('items.json', text, drillItemSchema);
  const facts: PackFacts = {
    document: JSON.parse(text('evidence.json')) as EvidenceDocument,
    items: items.told,
    moves: readList('promotions.json', text, drillMoveSchema).told,
    cells: readList('coverage.json', text, evidenceCellSchema).told,
    approvals: readList('approvals.json', text, evidenceApprovalSchema).told,
    findings: readList('findings.json', text, evidenceFindingSchema).told,
    log: readList('log.json', text, evidenceLogEntrySchema).told,
  };
  const { document, approvals, findings } = facts;
  const tally = checkSums(document, { ...facts, items: items.read });
  checkTimes(drill);
  checkDuties(drill, document.steps, approvals, ({ position }) => approved.steps[position]?.approvals ?? 1);
  checkFindings(findings, { drill, steps: document.steps, approvals, tally });
  const entries = checkAudit(text, keys);
  matchAudit(entries, { drill, approvals, findings, generatedAt });
  const renderedExactly = compareRenderings(text, { ...facts, document: { ...document, tally } });
  return {
    ...{ drill, items: facts.items.length, auditEntries: entries.length },
    ...{ runbookExact: runbook.exact, renderedExactly },
  };
}

const runbookSchema = z.looseObject({ steps: z.array(z.looseObject({ approvals: z.number().optional() })) });

/** A file that is one value; as Keyferry writes it, so that no other reader finds another value in it. */
function readOne<Schema extends z.ZodType>(name: ContentFile, text: TextOf, schema: Schema): z.output<Schema> {
  const value = read(name, text, schema);
  mustBe(name, asWritten, text(name), [canonical(JSON.parse(text(name)))]);
  return value;
}

/** The rows of a file as they stand there, and as the schema reads them, with defaults for what older packs lack. */
function readList<Schema extends z.ZodType>(
  name: ContentFile,
  text: TextOf,
  schema: Schema,
): { told: z.output<Schema>[]; read: z.output<Schema>[] } {
  const rows = read(name, text, z.array(schema));
  const told = JSON.parse(text(name)) as z.output<Schema>[];
  mustBe(name, asWritten, text(name), jsonOf(told));
  return { told, read: rows };
}

/** The sums of the rows: all sums in evidence.json must be equal. */
function checkSums(
  { drill, tally: told, last_check: counted }: EvidenceDocument,
  { items, moves, cells }: PackFacts,
): EvidenceTally {
  const tallier = tallyEvidence(drill);
  for (const item of items) tallier.item(item);
  for (const move of moves) tallier.move(move);
  for (const cell of cells) tallier.cell(cell);
  const tally = tallier.end();
  const wrong = differing(told, tally, 'tally');
  if (wrong !== null) throw new BrokenPack('evidence.json', `${wrong} does not follow from the rows of the pack`);
  checkLastCheck(counted, cells);
  return JSON.parse(canonical(tally)) as EvidenceTally;
}

/** The last check in evidence.json must match coverage.json. */
function checkLastCheck(check: EvidenceCheck | null, cells: readonly EvidenceCell[]): void {
  const places = [
    { what: 'last_check.counts', counts: check?.counts ?? { total: 0 }, of: cells },
    ...(check?.by_region ?? []).map(({ region, counts }) => ({
      ...{ what: `last_check.by_region of ${region}`, counts },
      of: cells.filter((cell) => cell.region === region),
    })),
  ];
  for (const { what, counts, of } of places) {
    const counted = Map.groupBy(of, ({ state }) => state);
    const other = Object.keys({ ...counts, ...Object.fromEntries(counted) }).find(
      (name) => (counts[name] ?? 0) !== (name === 'total' ? of.length : (counted.get(name)?.length ?? 0)),
    );
    if (other !== undefined)
      throw new BrokenPack('evidence.json', `${what}: ${other} does not follow from coverage.json`);
  }
}

/** What older packs lack: checked if it is there. */
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
  // If two are equal in all fields that both have, only later additions differ.
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

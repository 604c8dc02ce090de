import { type AuditEntryView, auditCheckpointViewSchema, auditEntryViewSchema } from '@keyferry/core';
import { z } from 'zod';
import { BrokenLog } from '../audit/broken-log.ts';
import { checkEntryHash, checkSignature, type PublicKeys } from '../audit/verify-log.ts';
import { canonical } from '../canonical.ts';
import { BrokenPack } from './broken-pack.ts';
import { asWritten, mustBe } from './must-be.ts';
import { parse, read, type TextOf } from './read-json.ts';

const headSchema = z.object({
  head: z.object({ seq: z.int().min(0), hash: z.string() }),
  checkpoint: auditCheckpointViewSchema.nullable(),
});

/** Entries have the hashes that they carry; neighbours follow each other; the head and the checkpoint fit. Answers the entries. */
export function checkAudit(text: TextOf, keys: PublicKeys | null): AuditEntryView[] {
  const { head, checkpoint } = read('audit-head.json', text, headSchema);
  mustBe('audit-head.json', asWritten, text('audit-head.json'), [canonical(JSON.parse(text('audit-head.json')))]);
  const entries: AuditEntryView[] = [];
  const lines: string[] = [];
  try {
    for (const line of text('audit.ndjson')
      .split('\n')
      .filter((one) => one !== '')) {
      const entry = parse('audit.ndjson', line, auditEntryViewSchema, `line ${entries.length + 1}`);
      checkEntryHash(JSON.parse(line) as AuditEntryView);
      lines.push(`${canonical(JSON.parse(line))}\n`);
      const last = entries.at(-1);
      if (last !== undefined && entry.seq <= last.seq) throw new BrokenLog(`Entry ${entry.seq} is out of order.`);
      if (last !== undefined && entry.seq === last.seq + 1 && entry.prev_hash !== last.hash) {
        throw new BrokenLog(
          `Entry ${last.seq} was replaced: entry ${entry.seq} follows an entry with a different hash.`,
        );
      }
      entries.push(entry);
    }
    mustBe('audit.ndjson', asWritten, text('audit.ndjson'), lines);
    const last = entries.at(-1);
    if (last !== undefined && (last.seq > head.seq || (last.seq === head.seq && last.hash !== head.hash))) {
      throw new BrokenLog(`Entry ${last.seq} does not match the head of the log, ${head.seq}.`);
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

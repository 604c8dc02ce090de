import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { type CommandUnknownOpts, Option } from '@commander-js/extra-typings';
import type { QueryInput } from '@keyferry/client';
import { type AuditEntryView, auditOutcomes, durationInWords, type Page } from '@keyferry/core';
import { BrokenLog, type VerifiedLog, verifyLog } from '@keyferry/evidence';
import type { Context } from '../context.ts';
import { CliError, exitCodes } from '../exit-codes.ts';
import { age, entries } from '../option-values.ts';
import { type Output, pc } from '../output.ts';
import { readKeyFiles, unreadable } from '../read-public-keys.ts';
import type { Runners } from '../runners.ts';
import { createTable } from '../table.ts';
import { writeStream } from '../write-stream.ts';

type AuditFilter = QueryInput<'GET /v1/audit'>;

interface ListOptions extends Omit<AuditFilter, 'object_type' | 'object_id' | 'limit' | 'cursor'> {
  readonly limit: number;
  readonly type?: string;
  readonly object?: string;
}

/** The commands about the audit log. */
export function addAuditCommands(root: CommandUnknownOpts, { online, offline }: Runners): void {
  const audit = root.command('audit').description('the audit log: who changed what, and what was refused (auditors)');
  audit
    .command('list')
    .description('entries, newest first')
    .option('--limit <n>', 'how many', entries, 50)
    .option('--actor <caller>', 'only by this caller')
    .option('--action <action>', 'only these, e.g. plan.submit')
    .option('--type <type>', 'only about plans, tokens, webhooks and so on: plan, token, webhook')
    .option('--object <id>', 'only about this plan, group, lane or token')
    .addOption(new Option('--outcome <outcome>', 'only what was done, or refused').choices(auditOutcomes))
    .option('--from <time>', 'from this time on, e.g. 2027-03-01T00:00:00Z')
    .option('--to <time>', 'before this time')
    .action(online(list));
  audit
    .command('export')
    .description('the whole log with its signed checkpoints, for `audit verify`')
    .option('--from <seq>', 'only entries from this number on', entries, 1)
    .option('-o, --output <file>', 'write to this file')
    .action(
      online(async ({ client, output }, { from, output: file }) => {
        await writeStream(await client.stream('GET /v1/audit/export', { query: { from_seq: from } }), file);
        if (file !== undefined) output.result({ file }, () => `Audit log written to ${file}.`);
        return exitCodes.ok;
      }),
    );
  audit
    .command('key')
    .description('print the public key of checkpoints and evidence packs, and its id; keep a copy elsewhere to compare')
    .action(
      online(async ({ client, output }) => {
        const key = await client.request('GET /v1/audit/key');
        output.result(key, () => `${key.key_id}\n${key.public_key.trimEnd()}`);
        return exitCodes.ok;
      }),
    );
  audit
    .command('verify <file>')
    .description('check an export offline; reports the first changed entry')
    .option('--key <files...>', 'public keys in PEM that verify the checkpoints')
    .option('--from <seq>', 'the export starts with this entry', entries, 1)
    .option('--max-age <time>', 'how old the newest checkpoint may be: 36h, 7d, 2w; needs --key', age)
    .action(offline(verify));
}

async function list({ client, output }: Context, { limit, type, object, ...rest }: ListOptions): Promise<number> {
  const filter: AuditFilter = { ...rest, object_type: type, object_id: object };
  const entries: AuditEntryView[] = [];
  let cursor: string | null = null;
  do {
    const left = limit - entries.length;
    const page: Page<AuditEntryView> = await client.request('GET /v1/audit', {
      query: { ...filter, limit: Math.min(left, 1000), cursor },
    });
    entries.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor !== null && entries.length < limit);
  output.result(entries, () => {
    const table = createTable(['seq', 'at', 'caller', 'role', 'action', 'object', 'outcome'], ['seq']);
    for (const {
      seq,
      at,
      actor,
      action,
      object: { type, id },
      outcome,
    } of entries) {
      const about = id === null ? type : `${type} ${id}`;
      table.push([seq, at, actor.caller ?? '-', actor.role ?? '-', action, about, outcome]);
    }
    return table.toString();
  });
  return exitCodes.ok;
}

/** Exit code 0: all of it is as it was written, and not too old; 1: it is not. */
async function verify(
  output: Output,
  file: string,
  { key = [], from, maxAge }: { key?: string[]; from: number; maxAge?: number },
): Promise<number> {
  const keys = await readKeyFiles(key);
  if (maxAge !== undefined && keys === null) {
    throw new CliError(
      exitCodes.usage,
      '--max-age needs --key: the time of an unverified checkpoint cannot be trusted.',
    );
  }
  try {
    const now = Date.now();
    const verified = await verifyLog(linesOf(file), keys, { from, now });
    if (maxAge !== undefined) mustBeYoung(verified, maxAge, now);
    output.result({ ok: true, ...verified }, () => summary(verified, keys !== null, now));
    return exitCodes.ok;
  } catch (error) {
    if (!(error instanceof BrokenLog)) throw error;
    output.result({ ok: false, broken: error.message }, () => `${pc.red('Broken.')} ${error.message}`);
    return exitCodes.internal;
  }
}

/** What is too old may be a log whose end was cut off. */
function mustBeYoung({ newest }: VerifiedLog, maxAge: number, now: number): void {
  // With keys there is one, or the log is broken.
  if (newest === null || now - Date.parse(newest) <= maxAge) return;
  throw new BrokenLog(
    `The newest checkpoint is ${ago(newest, now)}: older than ${durationInWords(maxAge / 1_000)}. The export is old, its end was cut off, or nothing has been signed since.`,
  );
}

const ago = (time: string, now: number): string => `${durationInWords((now - Date.parse(time)) / 1_000)} old (${time})`;

async function* linesOf(file: string): AsyncGenerator<string> {
  const input = createReadStream(file, 'utf8');
  try {
    yield* createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  } catch (error) {
    unreadable(file, error);
  }
}

const anchors: Readonly<Record<VerifiedLog['anchor'], string>> = {
  beginning: 'from the start of the log',
  retention: 'from the first entry after the dropped ones',
  checkpoint: 'from a checkpoint',
  none: 'with earlier entries unknown',
};

function summary(verified: VerifiedLog, withKeys: boolean, now: number): string {
  const { entries, first, last, checkpoints, signed, anchor, newest, unjudged } = verified;
  const unsigned = last - signed;
  return [
    `${pc.green('Unbroken.')} ${entries} entries, ${first} to ${last}, ${anchors[anchor]}.`,
    withKeys
      ? `Signed up to entry ${signed}; all checkpoints valid (${checkpoints}).`
      : `Signatures were not checked (${checkpoints}): pass the public key with --key.`,
    ...(withKeys && newest !== null ? [`The newest checkpoint is ${ago(newest, now)}.`] : []),
    ...(unjudged > 0 ? [`Drops of older entries that this export cannot verify: ${unjudged}.`] : []),
    ...(unsigned > 0 ? [`The last ${unsigned} entries are not covered by a checkpoint.`] : []),
  ].join('\n');
}

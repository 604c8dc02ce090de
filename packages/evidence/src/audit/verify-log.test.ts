import { generateKeyPairSync, sign } from 'node:crypto';
import { type AuditCheckpointView, type AuditEntryView, auditGenesis } from '@keyferry/core';
import canonicalize from 'canonicalize';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../sha256.ts';
import { hashCheckpoint } from './checkpoint-chain.ts';
import { readPublicKeys, type VerifiedLog, verifyLog } from './verify-log.ts';

const pair = generateKeyPairSync('ed25519');
const pem = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString();
const keys = readPublicKeys([pem]);
const keyId = [...keys.keys()][0] ?? '';
const dayMs = 24 * 3_600_000;
const now = Date.parse('2027-06-01T00:00:00.000Z');
const daysAgo = (days: number) => new Date(now - days * dayMs).toISOString();

type Line = { entry: AuditEntryView } | { checkpoint: AuditCheckpointView };

/** A log that is written entry by entry, as the database and the API do. */
class Log {
  readonly entries: AuditEntryView[] = [];
  readonly checkpoints: AuditCheckpointView[] = [];

  write(at: string, rest: Partial<AuditEntryView> = {}): this {
    const last = this.entries.at(-1);
    const hashed = {
      seq: (last?.seq ?? 0) + 1,
      at,
      actor: { caller: 'anna', role: null, token_id: null },
      action: 'region_group.put',
      object: { type: 'region_group', id: 'eu' },
      outcome: 'done' as const,
      request_id: null,
      detail: {},
      prev_hash: last?.hash ?? auditGenesis,
      ...rest,
    };
    const { hash: _, ...unhashed } = hashed as AuditEntryView;
    this.entries.push({ ...unhashed, hash: sha256(canonicalize(unhashed) ?? '') });
    return this;
  }

  drop(lastSeq: number, at: string, lastHash = this.entries[lastSeq - 1]?.hash): this {
    const detail = { last_seq: lastSeq, last_hash: lastHash };
    return this.write(at, { action: 'audit.drop', object: { type: 'audit', id: 'audit_entries_2026_01' }, detail });
  }

  sign(at: string, { old = false, follows = this.checkpoints.at(-1) ?? null } = {}): this {
    const { seq = 0, hash = '' } = this.entries.at(-1) ?? {};
    const chained = old ? {} : { prev_hash: hashCheckpoint(follows) };
    const signed = { seq, hash, at, key_id: keyId, ...chained };
    const signature = sign(null, Buffer.from(canonicalize(signed) ?? ''), pair.privateKey).toString('base64');
    this.checkpoints.push({ ...signed, signature });
    return this;
  }

  /** As an export has them, without the entries up to `dropped`. */
  lines({ dropped = 0, from = 1 } = {}): Line[] {
    const lines = [
      ...this.entries
        .filter(({ seq }) => seq > dropped && seq >= from)
        .map((entry) => ({ at: entry.seq, line: { entry } })),
      ...this.checkpoints
        .filter(({ seq }) => seq >= from - 1)
        .map((checkpoint) => ({ at: checkpoint.seq, line: { checkpoint } })),
    ];
    return lines.sort((a, b) => a.at - b.at).map(({ line }) => line);
  }
}

async function* texts(lines: readonly (Line | string)[]): AsyncGenerator<string> {
  for (const line of lines) yield typeof line === 'string' ? line : JSON.stringify(line);
}
const verify = (lines: readonly (Line | string)[], { from = 1, by = keys as typeof keys | null } = {}) =>
  verifyLog(texts(lines), by, { from, now });
const said = (lines: readonly (Line | string)[], options?: { from?: number; by?: typeof keys | null }) =>
  verify(lines, options).then(
    (verified: VerifiedLog) => verified,
    (error: Error) => `${error.name}: ${error.message}`,
  );
const isCheckpoint = (seq: number) => (line: Line) => 'checkpoint' in line && line.checkpoint.seq === seq;
const without = (lines: Line[], seq: number) => lines.filter((line) => !isCheckpoint(seq)(line));

/** Six entries, each with a checkpoint. */
const six = () => {
  const log = new Log();
  for (let n = 6; n > 0; n -= 1) log.write(daysAgo(n)).sign(daysAgo(n));
  return log;
};

describe('the chain of checkpoints', () => {
  it('is unbroken as it was signed, with the time of the newest', async () => {
    expect(await said(six().lines())).toMatchObject({ entries: 6, checkpoints: 6, chained: 6, newest: daysAgo(1) });
  });

  it('may begin behind checkpoints of the old form, which stay valid', async () => {
    const log = new Log();
    log.write(daysAgo(4)).sign(daysAgo(4), { old: true });
    log.write(daysAgo(3)).sign(daysAgo(3), { old: true });
    expect(await said(log.lines())).toMatchObject({ checkpoints: 2, chained: 0 });
    log.write(daysAgo(2)).sign(daysAgo(2));
    log.write(daysAgo(1)).sign(daysAgo(1));
    expect(await said(log.lines())).toMatchObject({ checkpoints: 4, chained: 2 });
    expect(await said(without(log.lines(), 2))).toMatch(/^BrokenLog: A checkpoint between those of entries 1 and 3/);
    log.write(daysAgo(0)).sign(daysAgo(0), { old: true });
    expect(await said(log.lines())).toMatch(
      /^BrokenLog: The checkpoint of entry 5 does not name the previous checkpoint, unlike earlier ones/,
    );
  });

  it('names a checkpoint that is missing in the middle, at the beginning, and any that were put in the place of others', async () => {
    const lines = six().lines();
    expect(await said(without(lines, 3))).toMatch(
      /^BrokenLog: A checkpoint between those of entries 2 and 4 is missing/,
    );
    expect(await said(without(without(lines, 3), 4), { by: null })).toMatch(/between those of entries 2 and 5/);
    expect(await said(without(lines, 1))).toMatch(/^BrokenLog: A checkpoint before that of entry 2 is missing/);
    const other = new Log();
    other.write(daysAgo(6)).sign(daysAgo(6));
    other.write(daysAgo(5)).sign(daysAgo(2));
    const forged = lines.map((line) => (isCheckpoint(2)(line) ? { checkpoint: other.checkpoints[1] } : line)) as Line[];
    expect(await said(forged)).toMatch(/between those of entries 2 and 3 is missing, or that of entry 2 was changed/);
  });

  it('is checked in an export that begins later, as far as it goes back', async () => {
    const lines = six().lines({ from: 4 });
    expect(await said(lines, { from: 4 })).toMatchObject({ first: 4, anchor: 'checkpoint', chained: 4 });
    expect(await said(without(lines, 5), { from: 4 })).toMatch(/between those of entries 4 and 6/);
  });

  it('does not hold where checkpoints stand before the entries that they sign', async () => {
    const honest = six();
    const forged = new Log();
    for (let n = 6; n > 0; n -= 1) forged.write(daysAgo(n), n === 3 ? { request_id: 'mine' } : {});
    const lines = [...honest.checkpoints.map((checkpoint) => ({ checkpoint })), ...forged.lines()];
    expect(await said(lines)).toMatch(/^BrokenLog: The checkpoint of entry 6 is out of order/);
  });
});

describe('a month that was dropped', () => {
  /** Three entries of 800 days ago, signed then, and two of now. */
  const old = (signedDaysAgo = 800) => {
    const log = new Log();
    for (let n = 0; n < 3; n += 1) log.write(daysAgo(800));
    log.sign(daysAgo(signedDaysAgo));
    return log.write(daysAgo(20)).sign(daysAgo(20));
  };

  it('is right where a checkpoint covered it a year before', async () => {
    const log = old().drop(3, daysAgo(10)).sign(daysAgo(9));
    expect(await said(log.lines({ dropped: 3 }))).toMatchObject({
      first: 4,
      anchor: 'retention',
      drops: 1,
      unjudged: 0,
    });
  });

  it('is a forgery where no signed checkpoint shows that it was a year old', async () => {
    const young = old(300).drop(3, daysAgo(10)).sign(daysAgo(9));
    expect(await said(young.lines({ dropped: 3 }))).toMatch(
      /^BrokenLog: Entry 5 records a drop that the retention does not allow: .* first signed .*, less than 365 days before/,
    );
  });

  it('is not older for a time that was written into its entry', async () => {
    const signed = old(300)
      .drop(3, new Date(now + 900 * dayMs).toISOString())
      .sign(daysAgo(9));
    expect(await said(signed.lines({ dropped: 3 }))).toMatch(/records a drop that the retention does not allow/);
    const unsigned = old(300).drop(3, new Date(now + 900 * dayMs).toISOString());
    expect(await said(unsigned.lines({ dropped: 3 }))).toMatch(/records a drop that the retention does not allow/);
  });

  it('is a forgery where no checkpoint covers it', async () => {
    const log = new Log();
    for (let n = 0; n < 4; n += 1) log.write(daysAgo(800));
    log.drop(3, daysAgo(10)).sign(daysAgo(9));
    expect(await said(log.lines({ dropped: 3 }))).toMatch(/no checkpoint before it covers entry 3/);
  });

  it('ended with the hash that was signed', async () => {
    const log = old();
    log.drop(3, daysAgo(10), 'a'.repeat(64)).sign(daysAgo(9));
    expect(await said(log.lines({ dropped: 3 }))).toMatch(/^BrokenLog: Entry 5 records a different hash/);
    // The rest was hashed anew behind what the forged entry says.
    const anew = new Log();
    anew.checkpoints.push(...old().checkpoints);
    for (let n = 0; n < 3; n += 1) anew.write(daysAgo(800), { request_id: 'mine' });
    anew.write(daysAgo(20)).drop(3, daysAgo(10));
    expect(await said(without(anew.lines({ dropped: 3 }), 4))).toMatch(/^BrokenLog: Entry 3 was replaced/);
  });

  it('is refused if its entry does not say what was dropped, or if dropped entries still exist', async () => {
    const odd = old().write(daysAgo(10), { action: 'audit.drop' });
    expect(await said(odd.lines())).toMatch(/^BrokenLog: Entry 5 records a drop but not what was dropped/);
    const there = old().drop(3, daysAgo(10));
    expect(await said(there.lines())).toMatch(/^BrokenLog: Entry 5 records that entries up to 3 were dropped/);
  });

  it('cannot be verified by an export that starts after its checkpoint, which is reported', async () => {
    const log = old().drop(3, daysAgo(10)).sign(daysAgo(9));
    expect(await said(log.lines({ from: 5 }), { from: 5 })).toMatchObject({ drops: 1, unjudged: 1 });
  });
});

describe('a line of an export', () => {
  it('has no duplicate name, at any depth and in any spelling', async () => {
    const lines = six().lines();
    const text = JSON.stringify(lines[4]);
    const place = `Line 5, after entry 2, has the field "`;
    for (const [twice, key] of [
      [text.replace('"action":', '"action":"plan.submit","action":'), 'action'],
      [text.replace('"action":', '"\\u0061ction":"plan.submit","action":'), 'action'],
      [text.replace('"caller":', '"caller":"eve","caller":'), 'caller'],
      [text.replace('{"entry":', '{"entry":{},"entry":'), 'entry'],
      [text.replace('"detail":{}', '"detail":{"a":[{"b":1,"b":2}]}'), 'b'],
    ] as const) {
      expect(twice).not.toBe(text);
      expect(await said([...lines.slice(0, 4), twice])).toBe(`BrokenLog: ${place}${key}" twice: it was changed.`);
    }
  });

  it('may have the same name in different objects, and names in texts', async () => {
    const log = new Log();
    log.write(daysAgo(1), {
      detail: { a: { a: 1 }, b: [{ a: 1 }, { a: 2 }], c: '{"a":1,"a":2}', 'd"': '\\', d: ['a', 'a'] },
    });
    expect(await said(log.lines(), { by: null })).toMatchObject({ entries: 1 });
  });
});

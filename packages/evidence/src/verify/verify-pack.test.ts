import { auditGenesis } from '@keyferry/core';
import { zipSync } from 'fflate';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Audited, auditEntries, type DrillShape, newDrill } from '../../../../test/models/evidence/new-drill.ts';
import { containerOf, newPack, signedAnew } from '../../../../test/models/evidence/new-pack.ts';
import { newSigner } from '../../../../test/models/evidence/signer.ts';
import { readPublicKeys } from '../audit/verify-log.ts';
import { rendering } from '../pack/manifest.ts';
import { sha256 } from '../sha256.ts';
import { BrokenPack } from './broken-pack.ts';
import { readContainer } from './read-container.ts';
import { verifyPack } from './verify-pack.ts';

const signer = newSigner();
let pack: Buffer;
let files: ReadonlyMap<string, Uint8Array>;

beforeAll(async () => {
  pack = await newPack(newDrill(), signer);
  files = readContainer(pack).files;
});

/** Where a pack is broken, and what is said of it; null: it is as it was written. */
function breakage(
  bytes: Uint8Array,
  options: Parameters<typeof verifyPack>[1] = {},
): { where: string; message: string } | null {
  try {
    verifyPack(bytes, options);
    return null;
  } catch (error) {
    if (error instanceof BrokenPack) return error;
    throw error;
  }
}

const flipped = (offset: number): Buffer => {
  const copy = Buffer.from(pack);
  copy[offset] = (copy[offset] ?? 0) ^ (1 << (offset % 8));
  return copy;
};
const offsetOf = (content: Uint8Array): number => content.byteOffset - pack.byteOffset;
const text = (name: string): string => Buffer.from(files.get(name) ?? Buffer.of()).toString();
const withFile = (name: string, content: string) => new Map([...files, [name, Buffer.from(content)]]);
const ofDrill = async (shape: DrillShape) => breakage(await newPack(newDrill(shape), signer));

describe('an unchanged pack', () => {
  it('verifies, and says with which key', () => {
    expect(verifyPack(pack)).toMatchObject({
      files: 20,
      items: 6,
      rendered_exactly: true,
      key_id: signer.view.key_id,
      key_given: false,
    });
    expect(verifyPack(pack, { keys: readPublicKeys([signer.view.public_key]) })).toMatchObject({ key_given: true });
  });

  it('verifies when an earlier version wrote it, without what was added since, and is still summed up', () => {
    const without = (json: string) =>
      json
        .replaceAll(/,"(?:by_material|promoted_at|reached_by)":(?:\d+|null|"[^"]*")/g, '')
        .replaceAll(/"(?:by_material|promoted_at|reached_by)":(?:\d+|null|"[^"]*"),/g, '')
        .replaceAll(/"measured_to":\{[^}]*\},/g, '')
        .replace(/"rendering":\d+,/, '');
    const older = (change = (json: string) => json) =>
      signedAnew(
        new Map(
          [...files].map(([name, content]) =>
            name === 'items.json' || name === 'evidence.json'
              ? [name, Buffer.from(change(without(Buffer.from(content).toString())))]
              : [name, content],
          ),
        ),
        signer,
      );
    expect(text('evidence.json')).toContain('"measured_to"');
    expect(breakage(older())).toBeNull();
    expect(verifyPack(older())).toMatchObject({ rendered_exactly: false });
    expect(breakage(older((json) => json.replace('"equal":6', '"equal":7')))?.where).toBe('evidence.json');
  });

  it('is refused when it is signed with another key than those that were given', () => {
    const keys = readPublicKeys([newSigner().view.public_key]);
    expect(breakage(pack, { keys })?.message).toContain(
      `the key ${signer.view.key_id}, which is not one of the given keys`,
    );
  });

  it('without a signature fails, unless that is allowed', async () => {
    const unsigned = await newPack(newDrill(), null);
    expect(breakage(unsigned)).toMatchObject({
      where: 'manifest.sig.json',
      message: expect.stringContaining('unsigned'),
    });
    expect(verifyPack(unsigned, { allowUnsigned: true })).toMatchObject({ key_id: null });
  });
});

describe('one changed byte', () => {
  it('of a file is found, and the file named', () => {
    const wrong: string[] = [];
    for (const [name, content] of files) {
      const every = Math.max(1, Math.floor(content.length / 150));
      for (let at = 0; at < content.length; at += every) {
        const found = breakage(flipped(offsetOf(content) + at))?.where;
        if (found !== name) wrong.push(`${name} +${at}: ${found}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('around the files is found, and where', () => {
    const wrong: string[] = [];
    for (const { name, from, to } of readContainer(pack).parts) {
      for (let at = from; at < to; at += 1) {
        const found = breakage(flipped(at));
        if (found?.where !== 'The container' || !/\(offset \d+\)/.test(found.message))
          wrong.push(`${name} at ${at}: ${found?.message}`);
      }
    }
    expect(wrong).toEqual([]);
    const [header] = readContainer(pack).parts;
    expect(breakage(flipped((header?.from ?? 0) + 8))?.message).toBe(
      'The container: the header before README.txt was changed (offset 8)',
    );
  });
});

describe('a pack in which something was', () => {
  const order = () => [...files];

  it('cut off, put before or behind it is refused', () => {
    for (const bytes of [
      pack.subarray(0, -1),
      Buffer.concat([pack, Buffer.of(0)]),
      Buffer.concat([Buffer.of(0), pack]),
      Buffer.of(),
    ]) {
      expect(breakage(bytes)?.where).toBe('The container');
    }
  });

  it('left out is refused by the name of the file', () => {
    expect(breakage(containerOf(order().filter(([name]) => name !== 'log.json')))?.message).toBe(
      'log.json: it is missing',
    );
  });

  it.each(['../../etc/passwd', '/etc/passwd', 'evil.exe', 'README.txt ', 'C:\\x'])(
    'added as %s is refused by name',
    (name) => {
      expect(breakage(containerOf([...order(), [name, Buffer.of(1)]]))?.message).toContain(
        `${JSON.stringify(name)} is not a file of an evidence pack`,
      );
    },
  );

  it('put twice, or in another order, is refused', () => {
    expect(breakage(containerOf([...order(), ['log.json', Buffer.of(1)]]))?.message).toContain(
      'duplicate file "log.json"',
    );
    expect(breakage(containerOf(order().reverse()))?.message).toContain('is out of order');
  });

  it('compressed, so that it may be a bomb, is refused before it is unpacked', () => {
    const bomb = zipSync({ 'README.txt': [new Uint8Array(50_000_000), { level: 9 }] });
    expect(breakage(bomb)?.message).toContain('README.txt is compressed');
  });
});

describe('a change by a holder of the signing key', () => {
  it('is found where sums do not follow from rows', () => {
    const fewer = text('items.json').replace(/"state":"covered"/, '"state":"missing"');
    expect(breakage(signedAnew(withFile('items.json', fewer), signer))?.message).toMatch(
      /^evidence.json: tally\.\S+ does not follow from the rows/,
    );
    const faster = text('evidence.json').replace(/"max_ms":\d+/, '"max_ms":1');
    expect(breakage(signedAnew(withFile('evidence.json', faster), signer))?.message).toContain(
      'tally.times.rto.by_region.0.max_ms',
    );
  });

  it('is found where the runbook is not the one that was approved', () => {
    const other = text('runbook.json').replace('eu-west-1', 'eu-west-2');
    expect(breakage(signedAnew(withFile('runbook.json', other), signer))?.where).toBe('runbook.json');
  });

  it('is found in the audit log, by the entry', () => {
    const other = text('audit.ndjson').replace('"caller":"anna"', '"caller":"otto"');
    expect(breakage(signedAnew(withFile('audit.ndjson', other), signer))?.message).toContain('Entry 1 was changed');
  });

  /** What is said of the pack with one file changed. */
  const forged = (name: string, change: (content: string) => string, of = files): string | undefined => {
    const before = Buffer.from(of.get(name) ?? Buffer.of()).toString();
    const after = change(before);
    expect(after).not.toBe(before);
    return breakage(signedAnew(new Map([...of, [name, Buffer.from(after)]]), signer))?.message;
  };

  it.each([
    ['items.csv', ',covered,', ',missing,', /^items.csv: line 2 is not what items.json says/],
    ['items.csv', /\r\n$/, '\r\nx\r\n', /^items.csv: it has more than items.json says/],
    ['promotions.csv', 'eu-central-1', 'eu-central-2', /^promotions.csv: line 2 is not what promotions.json/],
    ['coverage.csv', 'Enabled', 'Disabled', /^coverage.csv: line 2 is not what coverage.json/],
    ['findings.csv', 'OPS-311', 'OPS-312', /^findings.csv: line 2 is not what findings.json/],
    ['http-checks.json', 'answered 200', 'answered 500', /^http-checks.json: line 2 is not what log.json/],
    ['report.html', '<strong>Met</strong>', '<strong>Not met</strong>', /^report.html: line \d+ is not what/],
    ['report.html', 'as agreed in CAB 47', 'as agreed', /^report.html: line \d+ is not what/],
    ['README.txt', 'Start with report.html', 'Run setup.exe', /^README.txt: line 4 is not what/],
    ['evidence.json', '"cckm_host":"', '"cckm_host":"other.', /^report.html: line \d+ is not what/],
    ['log.json', '"state":"paused"', '"state":"running"', /^report.html: line \d+ is not what/],
  ])('is found where %s is not what the JSON of the pack says: %s', (name, from, to, message) => {
    expect(forged(name, (content) => content.replace(from, to))).toMatch(message);
  });

  it('is found where another reader would find another value', () => {
    expect(
      forged('approvals.json', (json) => json.replace('"approver":"bert"', '"approver":"otto","approver":"bert"')),
    ).toBe('approvals.json: line 2 is not what Keyferry writes for what is in it');
  });

  it('is found in what an earlier version rendered too, by the figures', () => {
    const older = new Map(
      [...files, ['evidence.json', Buffer.from(text('evidence.json').replace('"rendering":2,', ''))] as const].map(
        ([name, content]) => [name, content] as const,
      ),
    );
    const other = (name: string, from: string | RegExp, to: string) =>
      forged(name, (content) => content.replace(from, to), older);
    expect(other('report.html', 'This report is one file', 'This page is one file')).toBeUndefined();
    expect(other('README.txt', 'Start with', 'Begin with')).toBeUndefined();
    expect(other('report.html', '<strong>Met</strong>', '<strong>Not met</strong>')).toContain(
      'report.html: it lacks "Met"',
    );
    expect(other('report.html', /<b>6 of 6<\/b>/g, '<b>5 of 6</b>')).toContain('it lacks "6 of 6"');
    expect(other('items.csv', 'alias/prod-ledger-1', 'alias/prod-other-1')).toBe(
      'items.csv: alias of row 3 is not what items.json says',
    );
    expect(other('items.csv', /[^\n]*\r\n$/, '')).toBe('items.csv: it has 5 rows, but items.json has 6');
    expect(other('findings.csv', 'severity', 'gravity')).toContain('its column gravity is unknown');
    const newer = text('evidence.json').replace('"rendering":2', '"rendering":99');
    expect(breakage(signedAnew(withFile('evidence.json', newer), signer))?.message).toContain('a newer Keyferry');
  });

  it('is found where coverage.json is not what the last check counted', () => {
    expect(forged('evidence.json', (json) => json.replace('"counts":{"covered":3', '"counts":{"covered":2'))).toMatch(
      /^evidence.json: last_check.by_region of eu-central-1: covered does not follow/,
    );
  });

  const lists: Readonly<Record<string, readonly [string, string | RegExp, string, RegExp][]>> = {
    approvals: [
      ['approvals.json', '"approver":"carla"', '"approver":"mallory"', /no entry records the decision of mallory/],
      [
        'approvals.json',
        '"at":"2026-11-24T09:02:00',
        '"at":"2026-11-24T08:02:00',
        /entry 3 of the decision of bert is of/,
      ],
      [
        'approvals.json',
        '"role":"approver"',
        '"role":"admin"',
        /entry 3 has the role approver, but approvals.json has admin/,
      ],
    ],
    'the drill': [
      [
        'evidence.json',
        '"submitted_by":"anna"',
        '"submitted_by":"mallory"',
        /entry 1 has the caller anna, but evidence/,
      ],
      [
        'evidence.json',
        '"change_ticket":"CHG-20418"',
        '"change_ticket":"CHG-1"',
        /change ticket CHG-20418, but evidence/,
      ],
      [
        'evidence.json',
        '"mode":"live"',
        '"mode":"rehearse"',
        /entry 1 has the mode live, but evidence.json has rehearse/,
      ],
      [
        'evidence.json',
        '"finished_at":"2026-11-24T09:24:00.000Z","id"',
        '"finished_at":"2026-11-24T11:24:00.000Z","id"',
        /entry 7 of the end is of/,
      ],
      [
        'evidence.json',
        '"state":"succeeded","submitted_by"',
        '"state":"failed","submitted_by"',
        /entry 7 has the state succeeded, but evidence.json has failed/,
      ],
    ],
    findings: [
      [
        'findings.json',
        '"owner":"Cloud platform team"',
        '"owner":"mallory"',
        /entry 8 has the owner Cloud platform team, but findings.json has mallory/,
      ],
      [
        'findings.json',
        '"code":"noted"',
        '"code":"lost_answers"',
        /^findings.json: finding 1 \(lost_answers\) has the severity warning/,
      ],
      ['findings.json', '"code":"lost_answer"', '"code":"noted"', /no entry records the finding 2/],
      [
        'findings.json',
        '"code":"lost_answer"',
        '"code":"broken_glass"',
        /reports a break-glass, but evidence.json has none/,
      ],
      ['findings.json', '"code":"lost_answer"', '"code":"step_failed"', /step 2-replicate failed, but it is succeeded/],
      [
        'findings.json',
        '"code":"lost_answer"',
        '"code":"rto_missed"',
        /the RTO was missed, but by items.json it was met/,
      ],
      ['findings.json', '"step":"2-replicate"', '"step":"9-other"', /finding 1 is about the step 9-other/],
    ],
  };
  describe.each(Object.keys(lists))(
    'is found where the audit log or the rest of the pack says otherwise of %s',
    (list) => {
      it.each(lists[list] ?? [])('%s: %s', (name, from, to, message) => {
        expect(forged(name, (content) => content.replace(from, to))).toMatch(message);
      });
    },
  );

  it('is found where an entry of the audit log is missing, or records what the pack lacks', async () => {
    const { audit, ...drill } = newDrill();
    const entries: Audited[] = audit.entries.map(({ at: time, actor, action, detail }) => ({
      ...{ ms: Date.parse(time) - Date.parse('2026-11-24T09:00:00.000Z'), caller: actor.caller ?? '', action, detail },
    }));
    const logged = async (all: readonly Audited[]) => {
      const chained = auditEntries(all);
      const last = chained.at(-1);
      const head = { seq: last?.seq ?? 0, hash: last?.hash ?? auditGenesis };
      return breakage(await newPack({ ...drill, audit: { ...audit, entries: chained, head } }, signer))?.message;
    };
    const without = (action: string) => logged(entries.filter((entry) => entry.action !== action));
    expect(await logged(entries)).toBeUndefined();
    expect(await without('drill.run')).toContain('no entry records the declaration');
    expect(await without('drill.approve')).toContain('no entry records the decision of bert');
    expect(await without('drill.finding')).toContain('no entry records the finding 1');
    expect(await without('drill.succeeded')).toContain('has the state running, but evidence.json has succeeded');
    const more = (action: string, detail: Audited['detail']) =>
      logged([...entries, { ms: 25 * 60_000, caller: 'mallory', action, detail }]);
    expect(await more('drill.approve', { approval_id: 'x', approver: 'mallory', decision: 'reject' })).toContain(
      'approvals.json: it lacks a decision of mallory, which entry 9',
    );
    expect(await more('drill.break_glass', { broken_glass: 'Nobody answers.' })).toContain(
      'evidence.json: it has no break-glass, but entry 9 of audit.ndjson does',
    );
    expect(await more('drill.finding', { seq: 7, severity: 'blocking' })).toContain('it lacks the finding 7');
    expect(await more('drill.abort', { state: 'aborted' })).toContain('has the state aborted, but evidence.json');
    expect(await more('drill.pause', { spec_sha256: 'f'.repeat(64) })).toContain('entry 9 has another runbook');
  });
});

describe('a drill that did not go as wanted', () => {
  const broken = { by: 'root', at: '2026-11-24T09:02:00.000Z', reason: 'nobody answers' };
  const told = (code: string, severity: string, step: string | null = null) => ({
    ...{ seq: 3, severity, code, message: code, step, owner: null, due: null, ticket: null },
  });
  const findings = (...more: ReturnType<typeof told>[]) => ({ findings: [...newDrill().findings, ...more] });
  const wentWrong = { state: 'completed_with_findings' };

  it('is named where no entry records its break-glass', async () => {
    const shape = { drill: { ...wentWrong, broken_glass: broken }, more: findings(told('broken_glass', 'warning')) };
    expect((await ofDrill(shape))?.message).toContain('no entry records the break-glass');
    const { audit } = newDrill();
    const [run, ...rest] = audit.entries.map(
      ({ at: time, actor, action, detail }): Audited => ({
        ...{ ms: Date.parse(time) - Date.parse('2026-11-24T09:00:00.000Z'), caller: actor.caller ?? '', action },
        detail: action === 'drill.succeeded' ? { ...detail, state: wentWrong.state } : detail,
      }),
    );
    const glass = (caller: string, detail: object): Audited => ({
      ...{ ms: 2 * 60_000, caller, action: 'drill.break_glass', detail: { ...detail } },
    });
    const withEntries = async (...more: Audited[]) => {
      const entries = auditEntries([...(run ? [run] : []), ...more, ...rest]);
      const head = { seq: entries.length, hash: entries.at(-1)?.hash ?? auditGenesis };
      return (await ofDrill({ ...shape, more: { ...shape.more, audit: { ...audit, entries, head } } }))?.message;
    };
    const first = glass('root', { broken_glass: broken.reason });
    expect(await withEntries(first)).toBeUndefined();
    expect(await withEntries(glass('mallory', { broken_glass: broken.reason }))).toContain('has the caller mallory');
    expect(await withEntries(glass('root', { broken_glass: 'a test' }))).toContain('has the reason a test');
    expect(await withEntries({ ...first, ms: 60_000 * 20 })).toContain('of the break-glass is of');
    expect(await withEntries(first, glass('root', { seq: 3, message: 'other' }))).toContain(
      'findings.json: it lacks the break-glass of entry 3',
    );
    expect(await withEntries(first, first)).toContain('no finding reports the break-glass of entry 3');
  });

  it('is named where a finding is missing that follows from it', async () => {
    const late = { targets: { rto_ms: 60_000, rpo_ms: 0 } };
    expect((await ofDrill({ drill: { ...late, ...wentWrong } }))?.message).toBe(
      'findings.json: by items.json the RTO was not met, but no finding reports it',
    );
    const steps = newDrill().steps.map((step) => (step.id === '4-http' ? { ...step, state: 'failed' } : step));
    expect((await ofDrill({ drill: wentWrong, more: { steps } }))?.message).toBe(
      'findings.json: step 4-http failed, but no finding reports it',
    );
    const none = { findings: newDrill().findings.filter(({ severity }) => severity === 'info') };
    expect((await ofDrill({ drill: wentWrong, more: none }))?.message).toContain(
      'none of them is more severe than info',
    );
  });

  it('is named where a step continued without its approvals', async () => {
    const step = { ...newDrill().steps[0], position: 3, id: '4-approve', kind: 'approve', detail: {} };
    const steps = (detail: unknown) => ({
      steps: newDrill().steps.map((one) => (one.position === 3 ? ({ ...one, ...step, detail } as typeof one) : one)),
    });
    expect((await ofDrill({ more: steps({}) }))?.message).toBe(
      'approvals.json: step 4-approve continued with 0 of 1 approvals',
    );
    expect((await ofDrill({ more: steps({ broken_glass_by: 'root' }) }))?.message).toBe(
      'findings.json: step 4-approve continued by break-glass, but no finding reports it',
    );
  });

  it('is named where a later break-glass cannot replace approvals that were missing at the start', async () => {
    const later = { ...broken, at: '2026-11-24T09:10:00.000Z' };
    const drill = { ...wentWrong, approvals_required: 3, broken_glass: later };
    expect((await ofDrill({ drill, more: findings(told('broken_glass', 'warning')) }))?.message).toContain(
      'the drill started with 2 of 3 approvals',
    );
  });
});

it('is rendered as its number says: where this fails on purpose, raise `rendering` in pack/manifest.ts', async () => {
  const unsigned = readContainer(await newPack(newDrill(), null)).files;
  const written = ['README.txt', 'items.csv', 'promotions.csv', 'coverage.csv', 'findings.csv', 'report.html'];
  expect([rendering, sha256(Buffer.concat(written.map((name) => unsigned.get(name) ?? Buffer.of())))]).toEqual([
    2,
    'e9a6d07d58520b166e0ccc64b34837b660511e3ea11625bf5a2502dbc387fe16',
  ]);
});

describe('a drill whose duties were not kept', () => {
  it('is named: the submitter approved it', async () => {
    expect((await ofDrill({ drill: { submitted_by: 'bert' } }))?.message).toBe(
      'approvals.json: bert submitted the drill and also decided on it',
    );
  });

  it('is named: it started with too few approvals', async () => {
    expect((await ofDrill({ drill: { approvals_required: 3 } }))?.message).toContain('2 of 3 approvals');
  });

  it('is named: something else was approved', async () => {
    expect((await ofDrill({ drill: { scope_sha256: 'f'.repeat(64) } }))?.message).toContain('on different keys');
  });

  it('is named: break-glass was used, and no finding reports it', async () => {
    const broken = { by: 'root', at: '2026-11-24T09:02:00.000Z', reason: 'nobody answers' };
    expect((await ofDrill({ drill: { broken_glass: broken } }))?.where).toBe('findings.json');
  });
});

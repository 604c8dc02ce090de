import { zipSync } from 'fflate';
import { beforeAll, describe, expect, it } from 'vitest';
import { readPublicKeys } from '../audit/verify-log.ts';
import { type DrillShape, newDrill } from '../model/new-drill.ts';
import { containerOf, newPack, signedAnew } from '../model/new-pack.ts';
import { newSigner } from '../model/signer.ts';
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

describe('a pack as it was written', () => {
  it('verifies, and says with which key', () => {
    expect(verifyPack(pack)).toMatchObject({ files: 20, items: 6, key_id: signer.view.key_id, key_given: false });
    expect(verifyPack(pack, { keys: readPublicKeys([signer.view.public_key]) })).toMatchObject({ key_given: true });
  });

  it('verifies when an earlier version wrote it, without what was added since, and is still summed up', () => {
    const without = (json: string) =>
      json
        .replaceAll(/,"(?:by_material|promoted_at|reached_by)":(?:\d+|null|"[^"]*")/g, '')
        .replaceAll(/"(?:by_material|promoted_at|reached_by)":(?:\d+|null|"[^"]*"),/g, '')
        .replaceAll(/"measured_to":\{[^}]*\},/g, '');
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
    expect(breakage(older((json) => json.replace('"equal":6', '"equal":7')))?.where).toBe('evidence.json');
  });

  it('is refused when it is signed with another key than those that were given', () => {
    const keys = readPublicKeys([newSigner().view.public_key]);
    expect(breakage(pack, { keys })?.message).toContain(`the key ${signer.view.key_id}, which was not given`);
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
        `${JSON.stringify(name)} is no file of an evidence pack`,
      );
    },
  );

  it('put twice, or in another order, is refused', () => {
    expect(breakage(containerOf([...order(), ['log.json', Buffer.of(1)]]))?.message).toContain('two files "log.json"');
    expect(breakage(containerOf(order().reverse()))?.message).toContain('does not stand where it belongs');
  });

  it('compressed, so that it may be a bomb, is refused before it is unpacked', () => {
    const bomb = zipSync({ 'README.txt': [new Uint8Array(50_000_000), { level: 9 }] });
    expect(breakage(bomb)?.message).toContain('README.txt is compressed');
  });
});

describe('what somebody with the signing key changed', () => {
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
});

describe('a drill whose duties were not kept', () => {
  it('is named: the submitter approved it', async () => {
    expect((await ofDrill({ drill: { submitted_by: 'bert' } }))?.message).toBe(
      'approvals.json: bert submitted the drill and decided about it too',
    );
  });

  it('is named: it began with too few approvals', async () => {
    expect((await ofDrill({ drill: { approvals_required: 3 } }))?.message).toContain('2 of 3 approvals');
  });

  it('is named: something else was approved', async () => {
    expect((await ofDrill({ drill: { scope_sha256: 'f'.repeat(64) } }))?.message).toContain('about other keys');
  });

  it('is named: its glass was broken, and no finding tells of it', async () => {
    const broken = { by: 'root', at: '2026-11-24T09:02:00.000Z', reason: 'nobody answers' };
    expect((await ofDrill({ drill: { broken_glass: broken } }))?.where).toBe('findings.json');
  });
});

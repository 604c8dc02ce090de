import { describe, expect, it } from 'vitest';
import { emptyDraft } from './draft.ts';
import {
  draftVersion,
  type KeptDraft,
  readDraft,
  readSelectedKeys,
  removeDraft,
  removeSelectedKeys,
  writeDraft,
} from './kept-draft.ts';

/** As the storage of a tab; `most`: characters that it takes. */
function newStorage(most = Number.POSITIVE_INFINITY) {
  const items = new Map<string, string>();
  return {
    items,
    getItem: (name: string) => items.get(name) ?? null,
    setItem: (name: string, text: string) => {
      if (text.length > most) throw new DOMException('full', 'QuotaExceededError');
      items.set(name, text);
    },
    removeItem: (name: string) => void items.delete(name),
  };
}

const place = { caller: 'olga', of: 'new' };
const kept: KeptDraft = {
  draft: { ...emptyDraft, name: 'dr' },
  idempotencyKey: 'one',
  savedAt: '2026-12-01T14:02:00Z',
};

describe('a draft', () => {
  it('is read as it was written, by its caller, for the same plan', () => {
    const storage = newStorage();
    expect(writeDraft(storage, place, kept)).toBe(true);
    expect(readDraft(storage, place)).toEqual(kept);
    expect(readDraft(storage, { ...place, caller: 'anna' })).toBeNull();
    expect(readDraft(storage, { ...place, of: 'from 1' })).toBeNull();
    removeDraft(storage, place);
    expect(readDraft(storage, place)).toBeNull();
  });

  it('of another version, or that is none, is not read and goes', () => {
    const storage = newStorage();
    writeDraft(storage, place, kept);
    const [[name, text] = ['', '']] = storage.items;
    for (const other of [text.replace(`"version":${draftVersion}`, '"version":0'), '{', 'null']) {
      storage.items.set(name, other);
      expect(readDraft(storage, place)).toBeNull();
      expect(storage.items.size).toBe(0);
    }
  });

  it('that is too large is not kept, and an older one is not taken for it', () => {
    const storage = newStorage(4_000);
    writeDraft(storage, place, kept);
    expect(writeDraft(storage, place, { ...kept, draft: { ...kept.draft, keysText: 'x'.repeat(4_000) } })).toBe(false);
    expect(readDraft(storage, place)).toBeNull();
  });

  it('keeps the rows of a manifest and not its file', () => {
    const storage = newStorage();
    const manifest = { name: 'rows.csv', text: null, file: new File(['key'], 'rows.csv') };
    writeDraft(storage, place, { ...kept, draft: { ...kept.draft, manifest } });
    expect(readDraft(storage, place)?.draft.manifest).toEqual({ name: 'rows.csv', text: null, file: null });
  });

  it('has the shape that its version says: another shape needs another version', () => {
    const fields = Object.keys({ ...emptyDraft, ...emptyDraft.options, ...emptyDraft.selector })
      .toSorted()
      .join(' ');
    expect([draftVersion, fields]).toEqual([
      1,
      'account alias approvals change_ticket description exact_tags follow_rotation import_material kept keysText manifest max_attempts max_in_flight missing_in name options origin policyText policyWay policy_template policytemplate principals priority region region_order regions replicas_as_primary require_approval same selector skip_same_region source start_at tags tolerance toleranceValue',
    ]);
  });
});

describe('keys selected for a new plan', () => {
  it('are read, and gone once they were taken', () => {
    const storage = newStorage();
    expect(readSelectedKeys(storage)).toBeNull();
    storage.setItem('keyferry.new-plan.keys', '["mrk-1", 2, "alias/a"]');
    expect(readSelectedKeys(storage)).toEqual(['mrk-1', 'alias/a']);
    removeSelectedKeys(storage);
    expect(readSelectedKeys(storage)).toBeNull();
    storage.setItem('keyferry.new-plan.keys', 'nonsense');
    expect(readSelectedKeys(storage)).toBeNull();
  });
});

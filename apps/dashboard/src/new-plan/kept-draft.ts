import type { Draft } from './draft.ts';

/** Raised with every change of a draft's shape: what an older form has kept is not read then. */
export const draftVersion = 1;

const prefix = 'keyferry.new-plan.draft';

/** Where a draft is kept: each caller has one for a new plan, one for each plan that is cloned, and one for selected keys. */
export interface DraftPlace {
  readonly caller: string;
  readonly of: string;
}

/** A draft that was begun, with what makes its submission the same one when it is repeated. */
export interface KeptDraft {
  readonly draft: Draft;
  readonly idempotencyKey: string;
  /** RFC 3339. */
  readonly savedAt: string;
}

/** What of the browser's storage is used; the storage of a tab, so that a draft ends with it. */
type Keeps = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

const nameOf = ({ caller, of }: DraftPlace): string => `${prefix} ${JSON.stringify([caller, of])}`;

export function readDraft(storage: Keeps, place: DraftPlace): KeptDraft | null {
  const text = storage.getItem(nameOf(place));
  if (text === null) return null;
  try {
    const { version, ...kept } = JSON.parse(text) as KeptDraft & { version: number };
    if (version === draftVersion) return kept;
  } catch {
    // Not ours.
  }
  storage.removeItem(nameOf(place));
  return null;
}

/** Answers whether it is kept: a browser keeps about 5 MB for a tab. What was kept before goes in any case. */
export function writeDraft(storage: Keeps, place: DraftPlace, kept: KeptDraft): boolean {
  const { draft } = kept;
  const manifest = draft.manifest && { ...draft.manifest, file: null };
  storage.removeItem(nameOf(place));
  try {
    storage.setItem(nameOf(place), JSON.stringify({ version: draftVersion, ...kept, draft: { ...draft, manifest } }));
    return true;
  } catch {
    return false;
  }
}

export function removeDraft(storage: Keeps, place: DraftPlace): void {
  storage.removeItem(nameOf(place));
}

/** Whether this tab keeps a draft of any caller. */
export function hasDraft(storage: Storage): boolean {
  return Object.keys(storage).some((name) => name.startsWith(prefix));
}

const selection = 'keyferry.new-plan.keys';

/** The keys that were selected on the keys page for a new plan: ARNs or ids; null: none, or they were taken already. */
export function readSelectedKeys(storage: Keeps): readonly string[] | null {
  try {
    const keys: unknown = JSON.parse(storage.getItem(selection) ?? 'null');
    return Array.isArray(keys) ? keys.filter((key): key is string => typeof key === 'string') : null;
  } catch {
    return null;
  }
}

export function removeSelectedKeys(storage: Keeps): void {
  storage.removeItem(selection);
}

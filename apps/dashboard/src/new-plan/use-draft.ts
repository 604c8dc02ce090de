import { useDebouncedCallback } from '@mantine/hooks';
import { useEffect, useRef, useState } from 'react';
import type { Draft } from './draft.ts';
import { type DraftPlace, readDraft, removeDraft, writeDraft } from './kept-draft.ts';

/** What a form begins with where no draft is kept. */
export interface Start {
  readonly draft: Draft;
  /** What is laid over a draft that is kept: keys that were selected since. */
  readonly over?: Partial<Draft> | undefined;
}

interface InForm {
  readonly draft: Draft;
  /** A press that is repeated, or whose answer was lost, makes one plan; a changed draft makes another. */
  readonly idempotencyKey: string;
  /** When the draft was kept that was found; null: none was. */
  readonly restoredAt: string | null;
  /** Something is in it that the start has not. */
  readonly begun: boolean;
}

/**
 * A draft in the form, kept in this tab: it outlives a reload, Back, a session that ended and an API that does not answer, until a
 * plan was made of it or it is discarded.
 */
export function useDraft(place: DraftPlace, { draft: start, over }: Start) {
  const [now, setNow] = useState<InForm>(() => {
    const kept = readDraft(sessionStorage, place);
    const found: InForm = kept
      ? { draft: kept.draft, idempotencyKey: kept.idempotencyKey, restoredAt: kept.savedAt, begun: true }
      : newDraft(start);
    return over ? { ...found, draft: { ...found.draft, ...over }, idempotencyKey: newKey(), begun: true } : found;
  });
  const [tooLarge, setTooLarge] = useState(false);
  // Of a draft that became a plan, or was discarded, nothing is to be written any more.
  const isOver = useRef(false);
  const save = useDebouncedCallback(
    () => {
      if (isOver.current) return;
      const { draft, idempotencyKey } = now;
      setTooLarge(!writeDraft(sessionStorage, place, { draft, idempotencyKey, savedAt: new Date().toISOString() }));
    },
    { delay: 300, flushOnUnmount: true },
  );
  useEffect(() => {
    const leave = () => save.flush();
    window.addEventListener('pagehide', leave);
    return () => window.removeEventListener('pagehide', leave);
  }, [save]);
  // What was selected is kept once, as the form opens.
  useEffect(() => {
    if (over) save();
  }, []);
  return {
    ...now,
    tooLarge,
    change: (next: Partial<Draft>) => {
      isOver.current = false;
      setNow((then) => ({ ...then, draft: { ...then.draft, ...next }, idempotencyKey: newKey(), begun: true }));
      save();
    },
    discard: () => {
      isOver.current = true;
      removeDraft(sessionStorage, place);
      setTooLarge(false);
      setNow(newDraft(start));
    },
    /** A plan was made of it. */
    finish: () => {
      isOver.current = true;
      removeDraft(sessionStorage, place);
    },
  };
}

const newDraft = (draft: Draft): InForm => ({ draft, idempotencyKey: newKey(), restoredAt: null, begun: false });

/** Not `randomUUID`, which browsers have over HTTPS and on localhost only. */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(16).padStart(8, '0')).join('');
}

import { useState } from 'react';

interface Draft {
  readonly text: string;
  /** Of what is stored, when the draft was begun; null: nothing was. */
  readonly version: string | null;
}

/** A text that is being written, kept for the tab: it is there again after a reload, Back, or an expired session. */
export function useDocumentDraft(place: string, begun: Draft) {
  const key = `keyferry.document.1.${place}`;
  const [kept] = useState(() => readDraft(key));
  const [draft, setDraft] = useState(kept ?? begun);
  const [restored, setRestored] = useState(kept !== null && kept.text !== begun.text);
  const forget = () => remove(key);
  return {
    ...draft,
    /** What is shown was begun before this page was opened. */
    restored,
    change: (text: string) => {
      const next = { ...draft, text };
      setDraft(next);
      keep(key, next);
    },
    forget,
    discard: () => {
      forget();
      setRestored(false);
      setDraft(begun);
    },
  };
}

// A browser may keep nothing for a page; the text is then lost with the page.

function readDraft(key: string): Draft | null {
  try {
    const { text, version } = JSON.parse(sessionStorage.getItem(key) ?? 'null') as Draft;
    return typeof text === 'string' ? { text, version } : null;
  } catch {
    return null;
  }
}

function keep(key: string, draft: Draft): void {
  try {
    sessionStorage.setItem(key, JSON.stringify(draft));
  } catch {}
}

function remove(key: string): void {
  try {
    sessionStorage.removeItem(key);
  } catch {}
}

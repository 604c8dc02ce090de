import { setTimeout as wait } from 'node:timers/promises';

/** Nobody waits longer for the answer to a question that was asked before. */
const mostWaitMs = 20;

/**
 * One question for all who ask in the same moment, or while another is being answered. Nobody gets what was read before they
 * asked, and a question that fails fails for all who asked it. Answers undefined for what was not found.
 */
export function askTogether<Key, Answer>(
  ask: (keys: readonly Key[]) => Promise<ReadonlyMap<Key, Answer>>,
): (key: Key) => Promise<Answer | undefined> {
  let next: { readonly keys: Set<Key>; readonly answers: Promise<ReadonlyMap<Key, Answer>> } | null = null;
  let before: Promise<void> | null = null;
  const gather = () => {
    const keys = new Set<Key>();
    const turn = before
      ? Promise.race([before, wait(mostWaitMs)])
      : new Promise<void>((resolve) => setImmediate(resolve));
    const answers = turn.then(() => {
      next = null;
      const asked = ask([...keys]);
      const done = asked.then(
        () => undefined,
        () => undefined,
      );
      before = done;
      void done.then(() => {
        if (before === done) before = null;
      });
      return asked;
    });
    return { keys, answers };
  };
  return async (key) => {
    next ??= gather();
    next.keys.add(key);
    return (await next.answers).get(key);
  };
}

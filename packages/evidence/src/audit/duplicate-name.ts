/** Texts, and what opens, ends and parts objects and lists. */
const tokens = /"(?:[^"\\]|\\.)*"|[{}[\],]/g;

/**
 * The first name that an object of a JSON text has twice; null: none has. Of two values JSON.parse keeps the last, and
 * other readers the first. The text must be JSON.
 */
export function duplicateName(json: string): string | null {
  /** The names so far of each object that is open; null for a list. */
  const open: (Set<string> | null)[] = [];
  let nameComes = false;
  for (const [token] of json.matchAll(tokens)) {
    if (token.startsWith('"')) {
      const names = open.at(-1);
      if (names && nameComes) {
        const name = JSON.parse(token) as string;
        if (names.has(name)) return name;
        names.add(name);
      }
      nameComes = false;
      continue;
    }
    if (token === '{' || token === '[') open.push(token === '{' ? new Set() : null);
    else if (token !== ',') open.pop();
    nameComes = token === '{' || token === ',';
  }
  return null;
}

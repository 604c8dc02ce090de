import { maxLineBytes, type RawRecord, UnreadableManifest, utf8 } from './raw-record.ts';

/** Reads one JSON object a line. Blank lines count as lines and are passed over. */
export async function* ndjsonRecords(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<RawRecord> {
  let line = 0;
  let rest = '';
  for await (const text of utf8(bytes)) {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const one of lines) {
      line += 1;
      if (one.trim() !== '') yield readLine(one, line);
    }
    if (rest.length > maxLineBytes) {
      throw new UnreadableManifest(
        `Line ${line + 1} is longer than ${maxLineBytes / 1024} KiB. Write one row per line.`,
      );
    }
  }
  if (rest.trim() !== '') yield readLine(rest, line + 1);
}

function readLine(text: string, line: number): RawRecord {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    const message = 'This line is not JSON. Write one object per line, e.g. {"key": "mrk-…", "region": "eu-west-1"}.';
    return { line, fields: null, errors: [{ path: '', code: 'invalid_json', message }] };
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return { line, fields: json, errors: [] };
  const { tags, ...rest } = json as Record<string, unknown>;
  const given = Object.entries({ ...rest, tags: tagsOf(tags) }).filter(
    ([, value]) => value !== null && value !== undefined,
  );
  return { line, fields: Object.fromEntries(given), errors: [] };
}

/** Tags may be written as an object, like a selector's; CCKM's own form is taken as it is. */
function tagsOf(tags: unknown): unknown {
  if (typeof tags !== 'object' || tags === null || Array.isArray(tags)) return tags;
  return Object.entries(tags).map(([TagKey, TagValue]) => ({ TagKey, TagValue }));
}

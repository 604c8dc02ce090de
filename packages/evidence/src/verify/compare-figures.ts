import { csvHead, csvLines } from '../pack/rows.ts';
import { BrokenPack } from './broken-pack.ts';
import { type PackFacts, reportOf, type Table, tablesOf } from './derived-files.ts';
import type { TextOf } from './read-json.ts';

/*
 * Packs that an earlier Keyferry rendered: their layout and their sentences may be others, their figures may not.
 */

export function compareFigures(text: TextOf, facts: PackFacts): void {
  for (const table of tablesOf(facts)) compareTable(text(table.name), table);
  compareReport(text('report.html'), reportOf(facts));
}

/** Each cell matches the JSON, if the JSON has it: columns have only ever been added. */
function compareTable(content: string, { name, from, columns, rows }: Table): void {
  const [head = [], ...lines] = cellsOf(content);
  const used = head.map((title) => {
    const column = columns.find(([known]) => known === title);
    if (column === undefined) throw new BrokenPack(name, `its column ${title} is unknown`);
    return column;
  });
  if (lines.length !== rows.length)
    throw new BrokenPack(name, `it has ${lines.length} rows, but ${from} has ${rows.length}`);
  const isTold = (at: number, row: unknown) => used[at]?.[1](row) !== undefined;
  const expected = cellsOf(csvHead(used) + csvLines(used, rows)).slice(1);
  for (const [at, line] of lines.entries()) {
    const other = head.findIndex((_title, place) => line[place] !== expected[at]?.[place] && isTold(place, rows[at]));
    if (other >= 0 || line.length !== head.length)
      throw new BrokenPack(name, `${head[other] ?? 'the length'} of row ${at + 1} is not what ${from} says`);
  }
}

/** The cells of a CSV file (RFC 4180). */
function cellsOf(content: string): string[][] {
  const lines: string[][] = [];
  let line: string[] = [];
  for (const [, quoted, plain = '', end] of content.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/g)) {
    if (end === '' && quoted === undefined && plain === '' && line.length === 0) break;
    line.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === ',') continue;
    lines.push(line);
    line = [];
    if (end === '') break;
  }
  return lines;
}

/** Every figure that today's report would have is in it, as often. */
function compareReport(content: string, expected: string): void {
  const there = figuresOf(content);
  for (const [figure, times] of figuresOf(expected)) {
    if ((there.get(figure) ?? 0) < times)
      throw new BrokenPack('report.html', `it lacks ${JSON.stringify(figure)}, which the JSON of the pack has`);
  }
}

/** What stands in cells, facts, tiles and the verdict of a report, and how often: all that has a digit, and the verdict. */
function figuresOf(html: string): Map<string, number> {
  const figures = new Map<string, number>();
  for (const [, tag, inner = ''] of html.matchAll(/<(td|dd|b|strong)\b[^>]*>(.*?)<\/\1>/gs)) {
    const figure = inner
      .replaceAll(/<[^>]*>/g, ' ')
      .replaceAll(/\s+/g, ' ')
      .trim();
    if (tag === 'strong' || /\d/.test(figure)) figures.set(figure, (figures.get(figure) ?? 0) + 1);
  }
  return figures;
}

import type { DrillItem, DrillMove } from '@keyferry/core';
import { canonical } from '../canonical.ts';
import type { EvidenceApproval, EvidenceCell, EvidenceFinding, EvidenceLogEntry } from '../drill-evidence.ts';
import type { EvidenceDocument } from '../evidence-document.ts';
import { type Columns, cellColumns, findingColumns, itemColumns, moveColumns } from '../pack/columns.ts';
import { readmeText } from '../pack/readme.ts';
import { csvHead, csvLines } from '../pack/rows.ts';
import { drawPicture } from '../report/picture.ts';
import { renderReport } from '../report/render-report.ts';

/** The JSON of a pack, as it stands there. */
export interface PackFacts {
  readonly document: EvidenceDocument;
  readonly items: readonly DrillItem[];
  readonly moves: readonly DrillMove[];
  readonly cells: readonly EvidenceCell[];
  readonly approvals: readonly EvidenceApproval[];
  readonly findings: readonly EvidenceFinding[];
  readonly log: readonly EvidenceLogEntry[];
}

/** A CSV file of a pack with its columns and the rows that it is written from. */
export interface Table {
  readonly name: 'items.csv' | 'promotions.csv' | 'coverage.csv' | 'findings.csv';
  readonly from: string;
  // biome-ignore lint/suspicious/noExplicitAny: columns and rows of one kind, which kind it is does not matter
  readonly columns: Columns<any>;
  readonly rows: readonly unknown[];
}

export const tablesOf = ({ items, moves, cells, findings }: PackFacts): Table[] => [
  { name: 'items.csv', from: 'items.json', columns: itemColumns, rows: items },
  { name: 'promotions.csv', from: 'promotions.json', columns: moveColumns, rows: moves },
  { name: 'coverage.csv', from: 'coverage.json', columns: cellColumns, rows: cells },
  { name: 'findings.csv', from: 'findings.json', columns: findingColumns, rows: findings },
];

const rowsAtOnce = 1_000;

/** A CSV file as it is written today, piece by piece. */
export function* csvOf({ columns, rows }: Table): Generator<string> {
  yield csvHead(columns);
  for (let from = 0; from < rows.length; from += rowsAtOnce)
    yield csvLines(columns, rows.slice(from, from + rowsAtOnce));
}

/** A list as it stands in a JSON file, piece by piece. */
export function* jsonOf(rows: readonly unknown[]): Generator<string> {
  yield rows.length === 0 ? '[]\n' : '[\n';
  for (const [at, row] of rows.entries()) yield `${at === 0 ? '' : ',\n'}${canonical(row)}`;
  if (rows.length > 0) yield '\n]\n';
}

/** The report as it is written today. */
export function reportOf({ document, items, approvals, findings, log }: PackFacts): string {
  const picture = drawPicture(document.drill);
  for (const item of items) picture.add(item);
  return renderReport({ document, approvals, findings, log, picture: picture.end() });
}

export const readmeOf = ({ document }: PackFacts): string => readmeText(document.drill, document.signed_with);

/** What http-checks.json has of the timeline. */
export const httpChecksOf = ({ log }: PackFacts): EvidenceLogEntry[] =>
  log.filter(({ kind }) => kind.startsWith('http'));

import { createHash } from 'node:crypto';
import type { DrillItem } from '@keyferry/core';
import { canonical } from '../canonical.ts';
import type { DrillEvidence } from '../drill-evidence.ts';
import { type EvidenceDocument, evidenceDocument } from '../evidence-document.ts';
import { redactRunbook, redactText, redactValue } from '../redact.ts';
import { drawPicture } from '../report/picture.ts';
import { renderReport } from '../report/render-report.ts';
import { sha256 } from '../sha256.ts';
import { type EvidenceTally, tallyEvidence } from '../tally-evidence.ts';
import { attemptColumns, cellColumns, findingColumns, itemColumns, moveColumns } from './columns.ts';
import { startContainer } from './container.ts';
import { type Manifest, type ManifestSignature, noSignature, type PackFile, packFormat } from './manifest.ts';
import { readmeText } from './readme.ts';
import { csvRows, jsonRows } from './rows.ts';

/** What signs a pack; the key that signs checkpoints of the audit log. */
export interface PackSigner {
  readonly view: { readonly key_id: string; readonly public_key: string };
  sign(bytes: Uint8Array): string;
}

/** A pack by its name, for whoever saves it. */
export const packName = ({ id, name }: { id: string; name: string }): string =>
  `drill-${name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 60)}-${id}.zip`;

/**
 * The evidence of a drill as a signed ZIP, piece by piece: of long lists only a page is held at a time. The same evidence
 * gives the same bytes, but for `generatedAt`. Without a signer it says that it is not signed.
 */
export async function* writePack(
  evidence: DrillEvidence,
  signer: PackSigner | null,
  generatedAt: string,
): AsyncGenerator<Uint8Array> {
  const container = startContainer();
  const files: Manifest['files'] = {};
  async function* file(name: PackFile, content: string | AsyncIterable<string>): AsyncGenerator<Uint8Array> {
    const push = container.add(name);
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const text of typeof content === 'string' ? [content] : content) {
      const piece = Buffer.from(text);
      hash.update(piece);
      bytes += piece.length;
      yield* push(piece);
    }
    yield* push(null);
    files[name] = { sha256: hash.digest('hex'), bytes };
  }

  const runbook = redactRunbook(evidence.runbook);
  const shown = redactLists(evidence);
  const tallier = tallyEvidence(evidence.drill);
  const picture = drawPicture(evidence.drill);

  yield* file('README.txt', readmeText(evidence.drill, signer?.view.key_id ?? null));
  yield* file('runbook.json', canonical(runbook.runbook));
  yield* file('items.csv', csvRows(itemColumns, shown.items()));
  yield* file(
    'items.json',
    jsonRows(
      each(shown.items(), (item) => {
        tallier.item(item);
        picture.add(item);
      }),
    ),
  );
  yield* file('promotions.csv', csvRows(moveColumns, shown.moves()));
  yield* file('promotions.json', jsonRows(each(shown.moves(), tallier.move)));
  yield* file('attempts.csv', csvRows(attemptColumns, shown.attempts()));
  yield* file('coverage.csv', csvRows(cellColumns, shown.cells()));
  yield* file('coverage.json', jsonRows(each(shown.cells(), tallier.cell)));
  yield* file('approvals.json', jsonRows(page(shown.approvals)));
  yield* file('findings.csv', csvRows(findingColumns, page(shown.findings)));
  yield* file('findings.json', jsonRows(page(shown.findings)));
  yield* file('log.json', jsonRows(page(shown.log)));
  yield* file('http-checks.json', jsonRows(page(shown.log.filter(({ kind }) => kind.startsWith('http')))));
  yield* file('audit.ndjson', evidence.audit.entries.map((entry) => `${canonical(entry)}\n`).join(''));
  yield* file('audit-head.json', canonical({ head: evidence.audit.head, checkpoint: evidence.audit.checkpoint }));
  const document = evidenceDocument(evidence, runbook, tallier.end(), signer?.view.key_id ?? null);
  yield* file('evidence.json', canonical(document));
  yield* file('report.html', renderReport({ document: asTold(document), ...shown, picture: picture.end() }));

  const manifest = canonical({
    ...packFormat,
    drill_id: evidence.drill.id,
    generated_at: generatedAt,
    files,
  } satisfies Manifest);
  yield* file('manifest.json', manifest);
  yield* file('manifest.sig.json', canonical(signer === null ? noSignature : signed(manifest, signer)));
  yield* container.end();
}

/** The report of a pack alone. */
export async function writeReport(evidence: DrillEvidence, keyId: string | null): Promise<string> {
  const shown = redactLists(evidence);
  const tallier = tallyEvidence(evidence.drill);
  const picture = drawPicture(evidence.drill);
  for await (const items of shown.items()) {
    for (const item of items) {
      tallier.item(item);
      picture.add(item);
    }
  }
  for await (const moves of shown.moves()) for (const move of moves) tallier.move(move);
  for await (const cells of shown.cells()) for (const cell of cells) tallier.cell(cell);
  const document = evidenceDocument(evidence, redactRunbook(evidence.runbook), tallier.end(), keyId);
  return renderReport({ document: asTold(document), ...shown, picture: picture.end() });
}

/** As it stands in evidence.json: whoever renders the report from there gets the same, in the same order. */
const asTold = (document: EvidenceDocument): EvidenceDocument => JSON.parse(canonical(document));

function signed(manifest: string, { view, sign }: PackSigner): ManifestSignature {
  return {
    algorithm: 'Ed25519',
    key_id: view.key_id,
    public_key: view.public_key,
    manifest_sha256: sha256(manifest),
    signature: sign(Buffer.from(manifest)),
  };
}

/** All that comes from outside as it may be shown. Audit entries stay as they are: they hold no secret, and are hashed. */
function redactLists({ items, moves, attempts, cells, approvals, findings, log }: DrillEvidence) {
  const text = (value: string | null) => value && redactText(value);
  const error = <Row extends Pick<DrillItem, 'error'>>(row: Row): Row =>
    row.error === null ? row : { ...row, error: { ...row.error, message: redactText(row.error.message) } };
  return {
    items: () => mapped(items(), (item) => ({ ...error(item), message: text(item.message) })),
    moves: () => mapped(moves(), error),
    attempts: () =>
      mapped(attempts(), (row) => ({ ...row, error_message: text(row.error_message), note: text(row.note) })),
    cells: () =>
      mapped(cells(), (cell) => ({ ...cell, message: redactText(cell.message), material: redactValue(cell.material) })),
    approvals: approvals.map((approval) => ({ ...approval, comment: text(approval.comment) })),
    findings: findings.map((finding) => ({ ...finding, message: redactText(finding.message) })),
    log: log.map((entry) => ({ ...entry, message: redactText(entry.message), detail: redactValue(entry.detail) })),
  };
}

async function* mapped<Row, To>(pages: AsyncIterable<readonly Row[]>, map: (row: Row) => To): AsyncGenerator<To[]> {
  for await (const rows of pages) yield rows.map(map);
}

async function* each<Row>(
  pages: AsyncIterable<readonly Row[]>,
  look: (row: Row) => void,
): AsyncGenerator<readonly Row[]> {
  for await (const rows of pages) {
    for (const row of rows) look(row);
    yield rows;
  }
}

async function* page<Row>(rows: readonly Row[]): AsyncGenerator<readonly Row[]> {
  yield rows;
}

export type ShownLists = ReturnType<typeof redactLists>;
export type { EvidenceTally };

import {
  checkInput,
  type InputError,
  type ManifestFormat,
  type ManifestSpec,
  manifestSpecSchema,
  type PlanView,
  type Scope,
} from '@keyferry/core';
import { UnreadableManifest } from '@keyferry/manifest';
import { dropManifest, type Store } from '@keyferry/store';
import type { Request } from 'express';
import { idempotencyKeyOf } from '../http/idempotency.ts';
import type { Asked } from '../http/operation-routes.ts';
import { invalidInput, Problem } from '../http/problem.ts';
import { chargedBody } from '../http/rate-limits.ts';
import { bytesOf, type PartInfo, readMultipart } from './read-multipart.ts';
import { specOfQuery } from './spec-of-query.ts';
import { submitPlan } from './submit-plan.ts';
import { type TakenManifest, takeManifest } from './take-manifest.ts';

const formats: Readonly<Record<string, ManifestFormat>> = {
  'text/csv': 'csv',
  'application/csv': 'csv',
  'application/x-ndjson': 'ndjson',
  'application/ndjson': 'ndjson',
  'application/jsonl': 'ndjson',
};

/** What a manifest's submission says, as it came. */
interface Submission {
  readonly spec: unknown;
  readonly errors: readonly InputError[];
  readonly manifest: TakenManifest;
}

/** Whether a plan's keys come as a file, a row each. */
export function isManifest(request: Request): boolean {
  return formats[contentType(request)] !== undefined || contentType(request) === 'multipart/form-data';
}

/** Accepts a plan whose keys come as a file: streamed, of any length. */
export async function submitManifest(store: Store, asked: Asked<'POST /v1/plans'>): Promise<PlanView> {
  const { request, response, scope } = asked;
  const format = formats[contentType(request)];
  refuseEncoding(request);
  idempotencyKeyOf(request);
  const charged = (bytes: AsyncIterable<Uint8Array>) => chargedBody(response, bytes);
  const submission = await told(request, () =>
    format ? readBody(store, request, format, scope, charged) : readForm(store, request, scope, charged),
  );
  let created = false;
  try {
    const submitted = await submit(store, asked, submission);
    created = submitted.created;
    return submitted.plan;
  } finally {
    // Also where it had made its plan before: that plan has these rows already.
    if (!created) await dropManifest(store, submission.manifest.id).catch(() => undefined);
  }
}

async function submit(
  store: Store,
  asked: Asked<'POST /v1/plans'>,
  { spec: given, errors: before, manifest }: Submission,
): ReturnType<typeof submitPlan> {
  const checked = checkInput(manifestSpecSchema, given);
  const errors = [...before, ...('errors' in checked ? checked.errors : [])];
  if ('errors' in checked || errors.length + manifest.errorCount > 0) {
    throw invalidInput([...errors, ...manifest.errors], errors.length + manifest.errorCount);
  }
  refuseRowsThatGoNowhere(checked.data, manifest);
  refuseSettingsOfPromotion(checked.data, manifest);
  const { id, format, sha256, rows, regions, withAlias } = manifest;
  const spec = {
    ...checked.data,
    manifest: { format, sha256, rows, regions: [...regions], with_alias: withAlias },
  };
  return submitPlan(store, asked, { spec, body: { spec: given, manifest: sha256 }, manifestId: id });
}

/** Has what the rows are read from charged. */
type Charged = (bytes: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>;

async function readBody(
  store: Store,
  request: Request,
  format: ManifestFormat,
  scope: Scope,
  charged: Charged,
): Promise<Submission> {
  const { spec, errors } = specOfQuery(request.query);
  return { spec, errors, manifest: await takeManifest(store, charged(bytesOf(request)), format, scope) };
}

async function readForm(store: Store, request: Request, scope: Scope, charged: Charged): Promise<Submission> {
  let taken: TakenManifest | null = null;
  try {
    const { spec, manifest } = await readMultipart(request, async (bytes, info) => {
      taken = await takeManifest(store, charged(bytes), formatOf(info), scope);
      return taken;
    });
    if (manifest === null) {
      throw invalidInput([{ path: 'manifest', code: 'required', message: 'Send the rows as a part of the form.' }]);
    }
    return { spec: spec === null ? {} : readSpec(spec), errors: [], manifest };
  } catch (error) {
    if (taken !== null) await dropManifest(store, (taken as TakenManifest).id).catch(() => undefined);
    throw error;
  }
}

function readSpec(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Problem(400, 'Unreadable', `The part "spec" is not JSON: ${(error as Error).message}`);
  }
}

function formatOf({ contentType, fileName }: PartInfo): ManifestFormat {
  return formats[contentType] ?? (/\.(ndjson|jsonl)$/i.test(fileName) ? 'ndjson' : 'csv');
}

function refuseRowsThatGoNowhere({ regions }: ManifestSpec, { withoutRegion: line }: TakenManifest): void {
  if (line === null || regions.length > 0) return;
  const message = 'This row has no Region, and the plan has no `regions` for it. Set one of the two.';
  throw invalidInput([{ path: `manifest[${line}].region`, line, code: 'required', message }]);
}

function refuseSettingsOfPromotion({ operation }: ManifestSpec, { withSettings: line }: TakenManifest): void {
  if (operation !== 'promote' || line === null) return;
  const message = 'A promotion neither creates nor changes replicas: give key and Region only.';
  throw invalidInput([{ path: `manifest[${line}]`, line, code: 'not_for_promotion', message }]);
}

async function told<T>(request: Request, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    // Whatever it was, the caller reads the answer only when its body has been taken off the wire.
    request.resume();
    if (!(error instanceof UnreadableManifest)) throw error;
    throw new Problem(400, 'Unreadable', `The manifest cannot be read. ${error.message} Nothing was stored.`);
  }
}

function refuseEncoding(request: Request): void {
  const charset = /charset="?([^";]+)/i.exec(request.get('content-type') ?? '')?.[1]?.toLowerCase();
  if (charset !== undefined && !['utf-8', 'utf8', 'us-ascii'].includes(charset)) {
    throw new Problem(415, 'Unsupported media type', `Send the manifest in UTF-8, not in ${charset}.`);
  }
  const encoding = request.get('content-encoding');
  if (encoding !== undefined && encoding !== 'identity') {
    throw new Problem(415, 'Unsupported media type', 'Send the manifest as it is, without Content-Encoding.');
  }
}

function contentType(request: Request): string {
  return (request.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

import { pipeline } from 'node:stream/promises';
import { differingFields, type ReplicaView, withoutFormula } from '@keyferry/core';
import type { QueryOf } from '@keyferry/operations';
import { eachReplicaPage, type Store } from '@keyferry/store';
import { stringify } from 'csv-stringify/sync';
import { routes } from '../http/operation-routes.ts';
import { mustRead, mustReadStatus } from './find-plan.ts';
import { planView } from './plan-view.ts';
import { replicaView } from './replica-view.ts';
import { htmlHead, htmlRow, htmlTail } from './report-html.ts';

/** The columns of the CSV report, in order. */
export const reportColumns = [
  'id',
  'key_id',
  'key_arn',
  'alias',
  'account',
  'primary_region',
  'region',
  'state',
  'outcome',
  'replica_key_id',
  'replica_arn',
  'key_state',
  'attempts',
  'error_code',
  'error_message',
  'error_http_status',
  'error_provider_code',
  'created_at',
  'accepted_at',
  'usable_at',
  'warnings',
  'manifest_line',
  'differs_in',
] as const;

/** What became of every replica of a plan, one row each, streamed: a million rows need no more memory than a thousand. */
export function reportRoute(store: Store) {
  return routes({
    'GET /v1/plans/{id}/report': async ({ id, query: { format }, response }) => {
      const { type, head, page, tail } = await reportAs[format](store, id);
      response.attachment(`keyferry-plan-${id}.${format}`).type(type);
      await pipeline(async function* () {
        yield head;
        // Where it is compressed, the head would wait there for more.
        response.flush();
        let first = true;
        for await (const rows of eachReplicaPage(store, id)) {
          yield page(rows.map(replicaView), first);
          first = false;
        }
        if (tail !== '') yield tail;
      }, response);
      return response;
    },
  });
}

interface Report {
  readonly type: string;
  readonly head: string;
  page(replicas: readonly ReplicaView[], first: boolean): string;
  readonly tail: string;
}

const reportAs: Record<QueryOf<'GET /v1/plans/{id}/report'>['format'], (store: Store, id: string) => Promise<Report>> =
  {
    async csv(store, id) {
      await mustReadStatus(store, id);
      return {
        type: 'text/csv; charset=utf-8',
        head: stringify([reportColumns.slice()]),
        page: (replicas) => stringify(replicas.map(csvRow)),
        tail: '',
      };
    },
    async html(store, id) {
      const plan = planView(await mustRead(store, id));
      return {
        type: 'text/html; charset=utf-8',
        head: htmlHead(plan, new Date().toISOString()),
        page: (replicas) => replicas.map(htmlRow).join(''),
        tail: htmlTail,
      };
    },
    async json(store, id) {
      const plan = planView(await mustRead(store, id));
      const head = JSON.stringify({ generated_at: new Date().toISOString(), plan });
      return {
        type: 'application/json',
        head: `${head.slice(0, -1)},"replicas":[`,
        page: (replicas, first) =>
          (first ? '\n' : ',\n') + replicas.map((replica) => JSON.stringify(replica)).join(',\n'),
        tail: '\n]}\n',
      };
    },
  };

/** Of a difference the fields; what is wanted and what is there is for JSON only. */
function csvRow({ error, warnings, diff, ...replica }: ReplicaView): (string | number | null)[] {
  const cells: Record<string, string | number | null> = {
    ...replica,
    error_code: error?.code ?? null,
    error_message: error?.message ?? null,
    error_http_status: error?.http_status ?? null,
    error_provider_code: error?.provider_code ?? null,
    warnings: warnings.map(({ code }) => code).join(' ') || null,
    differs_in: differingFields(diff ?? []).join(' ') || null,
  };
  return reportColumns.map((column) => withoutFormula(cells[column] ?? null));
}

import { once } from 'node:events';
import { type ReplicaView, withoutFormula } from '@keyferry/core';
import { eachReplicaPage, type Store } from '@keyferry/store';
import { stringify } from 'csv-stringify/sync';
import { type Response, Router } from 'express';
import { z } from 'zod';
import { parseInput } from '../http/problem.ts';
import { mustRead } from './plan-routes.ts';
import { planView } from './plan-view.ts';
import { replicaView } from './replica-view.ts';
import { htmlHead, htmlRow, htmlTail } from './report-html.ts';

export const reportQuery = z.strictObject({
  format: z.enum(['json', 'csv', 'html'], { error: 'Give format=json, format=csv or format=html.' }).default('json'),
});

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
] as const;

/** What became of every replica of a plan, one row each, streamed: a million rows need no more memory than a thousand. */
export function reportRoute(store: Store): Router {
  const router = Router();
  router.get('/:id/report', async (request, response) => {
    const { format } = parseInput(reportQuery, request.query);
    const plan = await mustRead(store, request.params.id);
    response.attachment(`keyferry-plan-${plan.id}.${format}`);
    if (format === 'csv') {
      response.type('text/csv; charset=utf-8');
      await send(response, stringify([reportColumns.slice()]));
      for await (const page of eachReplicaPage(store, plan.id)) {
        await send(response, stringify(page.map((row) => csvRow(replicaView(row)))));
      }
    } else if (format === 'html') {
      response.type('text/html; charset=utf-8');
      await send(response, htmlHead(planView(plan), new Date().toISOString()));
      for await (const page of eachReplicaPage(store, plan.id)) {
        await send(response, page.map((row) => htmlRow(replicaView(row))).join(''));
      }
      await send(response, htmlTail);
    } else {
      response.type('application/json');
      const head = JSON.stringify({ generated_at: new Date().toISOString(), plan: planView(plan) });
      await send(response, `${head.slice(0, -1)},"replicas":[`);
      let separator = '\n';
      for await (const page of eachReplicaPage(store, plan.id)) {
        await send(response, separator + page.map((row) => JSON.stringify(replicaView(row))).join(',\n'));
        separator = ',\n';
      }
      await send(response, '\n]}\n');
    }
    response.end();
  });
  return router;
}

/** The diff of a replica that was there is for JSON only. */
function csvRow({ error, warnings, diff: _diff, ...replica }: ReplicaView): (string | number | null)[] {
  const cells: Record<string, string | number | null> = {
    ...replica,
    error_code: error?.code ?? null,
    error_message: error?.message ?? null,
    error_http_status: error?.http_status ?? null,
    error_provider_code: error?.provider_code ?? null,
    warnings: warnings.map(({ code }) => code).join(' ') || null,
  };
  return reportColumns.map((column) => withoutFormula(cells[column] ?? null));
}

/** Writes and waits until the reader has caught up; throws when it has gone away. */
async function send(response: Response, text: string): Promise<void> {
  if (response.destroyed) throw new Error('The reader has gone away');
  if (!response.write(text)) {
    await Promise.race([once(response, 'drain'), once(response, 'close')]);
  }
}

import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { closedDrillStates, type DrillTimesView, version } from '@keyferry/core';
import { packName, writePack, writeReport } from '@keyferry/evidence';
import { type DrillFacts, readDrillEvidence, readDrillFacts, readDrillTimes, type Store } from '@keyferry/store';
import type { CheckpointSigner } from '../audit/checkpoint-signer.ts';
import { routes } from '../http/operation-routes.ts';
import { absent, Problem } from '../http/problem.ts';

/** The times of a drill, and once it is closed its evidence: a signed pack, or only the report. */
export function evidenceRoutes(store: Store, signer: CheckpointSigner | null, cckmHost: string | null) {
  const key = signer?.key ?? null;

  const closedEvidence = async (id: string) => {
    const facts = await mustReadFacts(store, id);
    const { state, finished_at: finishedAt } = facts.drill;
    if (finishedAt === null || !closedDrillStates.includes(state)) {
      throw new Problem(
        409,
        'Conflict',
        `The drill is ${state.replaceAll('_', ' ')}. Evidence is available once it is closed and its last call has ended.`,
      );
    }
    return { version, cckmHost, ...(await readDrillEvidence(store, facts, finishedAt)) };
  };

  return routes({
    'GET /v1/drills/{id}/times': async ({ id }) => timesView(await mustReadFacts(store, id)),

    'GET /v1/drills/{id}/evidence': async ({ id, response }) => {
      const evidence = await closedEvidence(id);
      await signer?.sign();
      // The pack contains entries of that log and would be signed with them.
      const refusal = signer?.refusal() ?? null;
      if (refusal !== null)
        throw new Problem(
          409,
          'Conflict',
          `Evidence cannot be signed while signing of the audit log is stopped: ${refusal}`,
        );
      response.attachment(packName(evidence.drill)).type('application/zip');
      await pipeline(Readable.from(writePack(evidence, key, new Date().toISOString())), response);
    },

    'GET /v1/drills/{id}/report': async ({ id, response }) => {
      const evidence = await closedEvidence(id);
      const page = await writeReport(evidence, key?.view.key_id ?? null);
      // Its style is inline. It runs nothing and loads nothing.
      response.set('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'");
      response.type('text/html; charset=utf-8').send(page);
    },
  });
}

async function mustReadFacts(store: Store, id: string): Promise<DrillFacts> {
  const facts = uuid.test(id) ? await readDrillFacts(store, id) : null;
  if (facts === null) throw absent('drill', id);
  return facts;
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

async function timesView(facts: DrillFacts): Promise<DrillTimesView> {
  const { id, declared_at: declaredAt, approved_at: approvedAt, finished_at: finishedAt } = facts.drill;
  const { rto, rpo, ...times } = await readDrillTimes(facts);
  return {
    drill_id: id,
    declared_at: declaredAt.toISOString(),
    approved_at: approvedAt?.toISOString() ?? null,
    ...times,
    finished_at: finishedAt?.toISOString() ?? null,
    rto: { ...rto, by_region: [...rto.by_region] },
    rpo: { ...rpo, by_region: [...rpo.by_region] },
  };
}

import { type Request, Router } from 'express';
import { z } from 'zod';
import { containers, findContainer } from '../cckm/containers.ts';
import { invalid, notFound } from '../cckm/failure.ts';
import { kmsOf } from '../cckm/key-json.ts';
import { aliasOf } from '../cckm/key-request.ts';
import { pageOf } from '../cckm/list-keys.ts';
import type { Simulation } from '../simulation.ts';
import { exchange } from './exchange.ts';

const synchronizeRequest = z
  .looseObject({
    kms: z.array(z.string()).default([]),
    regions: z.array(z.string()).optional(),
    synchronize_all: z.boolean().default(false),
  })
  .refine(({ kms, synchronize_all }) => synchronize_all !== kms.length > 0, 'kms or synchronize_all, one of them');
const verifyRequest = z.looseObject({ alias: z.string(), region: z.string(), kms: z.string() });

/** The account containers, their synchronisations, and alias/verify. Source: CCKM contract, sections 2.8, 4 and 5. */
export function accountRoutes(simulation: Simulation): Router {
  const router = Router();
  const { kms } = simulation;
  const get = (path: string, operation: string, work: (request: Request) => unknown) =>
    router.get(path, exchange(simulation, { operation, work: (request) => ({ body: work(request) }) }));

  get('/kms', 'list-kms', ({ query }) => pageOf(containers(kms, simulation.settings), query));
  get('/kms/:id', 'get-kms', ({ params }) => {
    const container = findContainer(kms, simulation.settings, params.id);
    if (!container) throw notFound(`KMS ${params.id}`);
    return container;
  });

  const job = (id: string) => {
    const found = simulation.synchronizations.get(id);
    if (!found) throw notFound('The synchronization job');
    const done = kms.now() >= found.doneAt;
    const { syncFails } = simulation.settings;
    const ofRegion = (region: string) => (done ? (syncFails[region] ?? 'Success') : 'in_progress');
    const detail = Object.fromEntries(
      found.kms.map((named) => [named, Object.fromEntries(found.regions.map((region) => [region, ofRegion(region)]))]),
    );
    // A job in which some Region failed is completed all the same: its detail says so.
    const overall = done ? 'completed' : 'in_progress';
    return { id, overall_status: overall, detailed_status: detail, kms: found.kms, regions: found.regions };
  };
  router.post(
    '/synchronization-jobs',
    exchange(simulation, {
      operation: 'synchronize',
      work: (request, entry) => {
        const wanted = synchronizeRequest.parse(request.body ?? {});
        const archived = wanted.kms.filter(
          (named) => findContainer(kms, simulation.settings, named)?.status === 'archived',
        );
        if (archived.length > 0) throw invalid(`The KMS ${archived.join(', ')} is archived.`);
        const id = simulation.random.uuid();
        const doneAt = kms.now() + simulation.settings.synchronizationMs;
        for (const member of kms.all()) {
          const { unreachableRegions, syncFails } = simulation.settings;
          if (unreachableRegions.includes(member.region) || syncFails[member.region] !== undefined) continue;
          const { id: kmsId, name } = kmsOf(member.account);
          const meant = wanted.synchronize_all || wanted.kms.some((named) => named === kmsId || named === name);
          if (!meant || !(wanted.regions?.includes(member.region) ?? true)) continue;
          member.listedFrom ??= doneAt;
          const { remembered } = member;
          if (remembered) member.remembered = { ...remembered, until: Math.min(remembered.until, doneAt) };
        }
        simulation.synchronizations.set(id, { doneAt, kms: wanted.kms, regions: wanted.regions ?? [] });
        entry.workDone = true;
        return { status: 201, body: job(id) };
      },
    }),
  );
  get('/synchronization-jobs', 'list-synchronizations', ({ query }) =>
    pageOf([...simulation.synchronizations.keys()].map(job), query),
  );
  get('/synchronization-jobs/:id', 'get-synchronization', ({ params }) => job(String(params.id)));

  router.post(
    '/alias/verify',
    exchange(simulation, {
      operation: 'verify-alias',
      work: (request) => {
        const { alias, region, kms: named } = verifyRequest.parse(request.body ?? {});
        const account = findContainer(kms, simulation.settings, named)?.account_id ?? '';
        if (kms.isAliasTaken(account, region, aliasOf(alias))) throw invalid(`Alias ${alias} is not available.`);
        return { body: 'Alias available' };
      },
    }),
  );
  return router;
}

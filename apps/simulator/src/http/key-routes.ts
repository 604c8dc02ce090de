import { type Request, Router } from 'express';
import { z } from 'zod';
import { invalid, notFound } from '../cckm/failure.ts';
import { isListed, keyJson, kmsOf, rotationsJson } from '../cckm/key-json.ts';
import { listKeys } from '../cckm/list-keys.ts';
import { AwsException } from '../kms/aws-exception.ts';
import type { Member } from '../kms/member.ts';
import type { Simulation } from '../simulation.ts';
import { exchange, type Route } from './exchange.ts';

const tags = z.array(z.looseObject({ TagKey: z.string(), TagValue: z.string() })).optional();
const replicateBody = z.looseObject({
  replica_region: z.string().min(1),
  aws_param: z
    .looseObject({
      Alias: z.string().optional(),
      Description: z.string().optional(),
      Tags: tags,
      Policy: z.unknown().optional(),
    })
    .optional(),
  policytemplate: z.string().optional(),
});
const policyLists = ['external_accounts', 'key_admins', 'key_admins_roles', 'key_users', 'key_users_roles'];

/** `/v1/cckm/aws/keys` and what can be done to one. Source: CCKM contract, section 2. */
export function keyRoutes(simulation: Simulation): Router {
  const router = Router();
  const { kms } = simulation;
  const json = (member: Member) => ({ body: keyJson(kms, member, simulation.settings) });
  const find = (request: Request): Member => {
    const member = kms.get(String(request.params.id));
    if (!member || !isListed(kms, member)) throw notFound(`AWS key ${request.params.id}`);
    return member;
  };
  const post = (action: string, route: Omit<Route, 'operation'>) =>
    router.post(`/:id/${action}`, exchange(simulation, { operation: action, ...route }));
  const change = (
    action: string,
    awsOperation: string,
    apply: (member: Member, body: Record<string, unknown>) => void,
  ) =>
    post(action, {
      phrase: 'Error Updating AWS Key',
      awsOperation,
      work: (request, entry) => {
        const member = find(request);
        apply(member, (request.body ?? {}) as Record<string, unknown>);
        member.updatedAt = kms.now();
        entry.workDone = true;
        return json(member);
      },
    });

  router.get(
    '/',
    exchange(simulation, {
      operation: 'list-keys',
      work: (request) => ({ body: listKeys(kms, request.query, simulation.settings) }),
    }),
  );
  router.get('/:id', exchange(simulation, { operation: 'get-key', work: (request) => json(find(request)) }));
  router.get(
    '/:id/rotations',
    exchange(simulation, {
      operation: 'rotations',
      work: (request) => {
        const resources = rotationsJson(kms, find(request));
        return { body: { skip: 0, limit: -1, total: resources.length, resources } };
      },
    }),
  );

  post('replicate-key', {
    phrase: 'Error Replicating AWS Key',
    awsOperation: 'ReplicateKey',
    work: (request, entry) => {
      const primary = find(request);
      const parsed = replicateBody.safeParse(request.body);
      if (!parsed.success) throw invalid('replica_region is required.');
      const { replica_region: region, aws_param: params, policytemplate, ...rest } = parsed.data;
      const lists = policyLists.some((list) => Array.isArray(rest[list]) && rest[list].length > 0);
      if ([params?.Policy !== undefined, policytemplate !== undefined, lists].filter(Boolean).length > 1) {
        throw invalid('Policy, policytemplate and key users or admins exclude each other.');
      }
      const replica = kms.replicate(primary, {
        region,
        description: params?.Description ?? '',
        tags: (params?.Tags ?? []).map(({ TagKey, TagValue }) => ({ TagKey, TagValue })),
        policy: params?.Policy ?? null,
        policyTemplate: policytemplate ?? null,
      });
      entry.workDone = true;
      // A second call to AWS: when it fails, the replica is there all the same.
      if (params?.Alias !== undefined) kms.addAlias(replica, `alias/${params.Alias}`);
      const answer = keyJson(kms, replica, simulation.settings);
      return { status: 201, body: { ...answer, uri: `kylo:kylo:cckm:aws-replica-key:${replica.id}` } };
    },
  });

  post('import-material', {
    phrase: 'Error Importing AWS Key Material',
    awsOperation: 'ImportKeyMaterial',
    work: (request, entry) => {
      const member = find(request);
      kms.importMaterial(member, String((request.body as Record<string, unknown>)?.source_key_identifier ?? ''));
      entry.workDone = true;
      return json(member);
    },
  });

  post('update-primary-region', {
    phrase: 'Error Updating AWS Primary Region',
    awsOperation: 'UpdatePrimaryRegion',
    work: (request, entry) => {
      const member = find(request);
      kms.promote(member, String((request.body as Record<string, unknown>)?.PrimaryRegion ?? ''));
      entry.workDone = true;
      return json(member);
    },
  });

  post('refresh', {
    work: (request) => ({ body: { message: `AWS key '${find(request).id}' will be refreshed and persisted` } }),
  });
  const notDeleted = (member: Member) => {
    if (member.deletionDate !== null)
      throw new AwsException('KMSInvalidStateException', 'The key is pending deletion.');
  };
  change('enable', 'EnableKey', (member) => {
    notDeleted(member);
    member.disabled = false;
  });
  change('disable', 'DisableKey', (member) => {
    notDeleted(member);
    member.disabled = true;
  });
  change('schedule-deletion', 'ScheduleKeyDeletion', (member, body) => {
    const days = Number(body.days ?? 30);
    if (!(days >= 7 && days <= 30)) throw invalid('days must be 7 to 30.');
    notDeleted(member);
    member.deletionDate = kms.now() + days * 86_400_000;
  });
  change('cancel-deletion', 'CancelKeyDeletion', (member) => {
    if (member.deletionDate === null)
      throw new AwsException('KMSInvalidStateException', 'The key is not pending deletion.');
    member.deletionDate = null;
    member.disabled = true;
  });
  change('add-alias', 'CreateAlias', (member, body) => kms.addAlias(member, `alias/${String(body.alias)}`));
  change('delete-alias', 'DeleteAlias', (member, body) => kms.removeAlias(member, `alias/${String(body.alias)}`));
  change('add-tags', 'TagResource', (member, body) => {
    const given = z.array(z.object({ tag_key: z.string(), tag_value: z.string() })).parse(body.tags ?? []);
    const names = given.map(({ tag_key }) => tag_key);
    member.tags = [
      ...member.tags.filter(({ TagKey }) => !names.includes(TagKey)),
      ...given.map(({ tag_key, tag_value }) => ({ TagKey: tag_key, TagValue: tag_value })),
    ];
  });
  change('remove-tags', 'UntagResource', (member, body) => {
    const names = z.array(z.string()).parse(body.tags ?? []);
    member.tags = member.tags.filter(({ TagKey }) => !names.includes(TagKey));
  });
  change('update-description', 'UpdateKeyDescription', (member, body) => {
    member.description = String(body.description ?? '');
  });
  change('policy', 'PutKeyPolicy', (member, body) => {
    member.policy = body.Policy ?? null;
    member.policyTemplate = body.policytemplate === undefined ? null : String(body.policytemplate);
  });
  return router;
}

/** The account containers, their synchronisations, and alias/verify. Source: CCKM contract, sections 2.8, 4 and 5. */
export function accountRoutes(simulation: Simulation, regions: readonly string[]): Router {
  const router = Router();
  const { kms } = simulation;
  const containers = () =>
    [...new Set([...kms.all()].map((member) => member.account))].map((account) => ({
      ...kmsOf(account),
      uri: `kylo:kylo:cckm:kms:${kmsOf(account).id}`,
      account_id: account,
      connection: 'aws',
      regions,
      status: 'active',
    }));
  router.get(
    '/kms',
    exchange(simulation, {
      operation: 'list-kms',
      work: () => {
        const resources = containers();
        return { body: { skip: 0, limit: -1, total: resources.length, resources } };
      },
    }),
  );
  router.post(
    '/synchronization-jobs',
    exchange(simulation, {
      operation: 'synchronize',
      work: (request, entry) => {
        const body = (request.body ?? {}) as { kms?: string[]; regions?: string[]; synchronize_all?: boolean };
        const id = simulation.random.uuid();
        const doneAt = kms.now() + simulation.settings.synchronizationMs;
        for (const member of kms.all()) {
          const { id: kmsId, name } = kmsOf(member.account);
          const meant =
            body.synchronize_all ||
            ((body.kms ?? []).some((named) => named === kmsId || named === name) &&
              (body.regions === undefined || body.regions.includes(member.region)));
          if (meant && member.listedFrom === null) member.listedFrom = doneAt;
        }
        simulation.synchronizations.set(id, { doneAt, kms: body.kms ?? [], regions: body.regions ?? [] });
        entry.workDone = true;
        return { status: 201, body: { id, overall_status: 'in_progress' } };
      },
    }),
  );
  router.get(
    '/synchronization-jobs/:id',
    exchange(simulation, {
      operation: 'get-synchronization',
      work: (request) => {
        const job = simulation.synchronizations.get(String(request.params.id));
        if (!job) throw notFound('The synchronization job');
        return {
          body: { id: request.params.id, overall_status: kms.now() >= job.doneAt ? 'completed' : 'in_progress' },
        };
      },
    }),
  );
  router.post(
    '/alias/verify',
    exchange(simulation, {
      operation: 'verify-alias',
      work: (request) => {
        const { alias, region, kms: container } = (request.body ?? {}) as Record<string, string>;
        const account = containers().find(({ id, name }) => id === container || name === container)?.account_id ?? '';
        if (kms.isAliasTaken(account, region ?? '', `alias/${alias}`))
          throw invalid(`Alias ${alias} is not available.`);
        return { body: 'Alias available' };
      },
    }),
  );
  return router;
}

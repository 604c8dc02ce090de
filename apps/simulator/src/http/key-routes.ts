import { type Request, Router } from 'express';
import { invalid, notFound } from '../cckm/failure.ts';
import { keyJson, rotationsJson } from '../cckm/key-json.ts';
import { aliasOf, importRequest, promotionRequest, replicateRequest, tagsOf } from '../cckm/key-request.ts';
import { findRecord, listKeys, recordJson } from '../cckm/list-keys.ts';
import { choosePolicy } from '../cckm/policy-choice.ts';
import { isListed, noteRecords, standingOf } from '../cckm/records.ts';
import { AwsException } from '../kms/aws-exception.ts';
import { importKeyMaterial } from '../kms/import-key-material.ts';
import type { Member } from '../kms/member.ts';
import { replicateKey } from '../kms/replicate-key.ts';
import { notAPrimary, updatePrimaryRegion } from '../kms/update-primary-region.ts';
import type { Simulation } from '../simulation.ts';
import { exchange } from './exchange.ts';
import type { Route } from './route.ts';

/** The key that a call names, if CCKM lists it by now. Throws CckmFailure. */
export function findKey({ kms }: Simulation, request: Request): Member {
  const record = findRecord(kms, String(request.params.id));
  if (!record || !isListed(kms, record.member)) throw notFound(`AWS key ${request.params.id}`);
  if (record.gone) throw invalid(`AWS key ${record.id} is gone: its KMS container has no such Region any more.`);
  return record.member;
}

/** `/v1/cckm/aws/keys`: reading, replicating, importing, promoting. Source: CCKM contract, section 2. */
export function keyRoutes(simulation: Simulation): Router {
  const router = Router();
  const { kms } = simulation;
  const look = (request: Request) =>
    simulation.onSomeNode(() => {
      const record = findRecord(kms, String(request.params.id));
      if (!record || !isListed(kms, record.member)) throw notFound(`AWS key ${request.params.id}`);
      return { body: recordJson(kms, record, simulation.settings) };
    });
  const json = (member: Member) => ({ body: keyJson(kms, member, simulation.settings) });
  const post = (action: string, route: Omit<Route, 'operation'>) =>
    router.post(`/:id/${action}`, exchange(simulation, { operation: action, ...route }));

  router.get(
    '/',
    exchange(simulation, {
      operation: 'list-keys',
      work: (request) => simulation.onSomeNode(() => ({ body: listKeys(kms, request.query, simulation.settings) })),
    }),
  );
  router.get('/:id', exchange(simulation, { operation: 'get-key', work: look }));
  router.get(
    '/:id/rotations',
    exchange(simulation, {
      operation: 'rotations',
      work: (request) => {
        const resources = simulation.onSomeNode(() =>
          rotationsJson(kms, findKey(simulation, request), simulation.settings),
        );
        return { body: { skip: 0, limit: -1, total: resources.length, resources } };
      },
    }),
  );

  post('replicate-key', {
    phrase: 'Error Replicating AWS Key',
    awsOperation: 'ReplicateKey',
    work: (request, entry, effect) => {
      const primary = findKey(simulation, request);
      const { strictReplicaRegion } = simulation.settings;
      const body = request.body as { ReplicaRegion?: unknown } | undefined;
      const parsed = replicateRequest.safeParse(
        strictReplicaRegion || body?.ReplicaRegion === undefined
          ? body
          : { replica_region: body.ReplicaRegion, ...body },
      );
      if (!parsed.success)
        throw invalid(parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '));
      const { replica_region: region, aws_param: params } = parsed.data;
      const chosen = choosePolicy(params.Policy, parsed.data, primary.account, simulation.templates);
      const leftOut = effect?.leavesOut ?? [];
      const choice = leftOut.includes('policy') ? { policy: null, policyTemplate: null, principals: {} } : chosen;
      const tags = leftOut.includes('tags') ? [] : tagsOf(params.Tags, choice.policyTemplate);
      const description = leftOut.includes('description') ? '' : params.Description;
      entry.metered = true;
      const letAge = noteRecords(kms, kms.set(primary.keyId));
      const replica = replicateKey(kms, primary, { region, description, tags, ...choice });
      letAge(simulation.settings.replicaKeysStaleMs);
      entry.workDone = true;
      // A second call to AWS: when it fails, the replica is there all the same.
      if (params.Alias && effect?.aliasError) {
        throw new AwsException(effect.aliasError.name, effect.aliasError.message);
      }
      if (params.Alias && !leftOut.includes('alias')) kms.addAlias(replica, aliasOf(params.Alias));
      const answer = keyJson(kms, replica, simulation.settings);
      return {
        status: 201,
        body: {
          ...answer,
          uri: `kylo:kylo:cckm:aws-replica-key:${replica.id}`,
          aws_param: {
            ...answer.aws_param,
            ReplicaPolicy: JSON.stringify(answer.aws_param.Policy),
            ReplicaTags: replica.tags,
          },
        },
      };
    },
  });

  post('import-material', {
    phrase: 'Error Importing AWS Key Material',
    awsOperation: 'ImportKeyMaterial',
    work: (request, entry) => {
      const member = findKey(simulation, request);
      const wanted = importRequest.parse(request.body ?? {});
      if (wanted.import_type !== undefined && member.type === 'REPLICA') {
        throw invalid('import_type is only supported for single region AES key.');
      }
      const { takesTier } = simulation.settings;
      if (wanted.source_key_tier !== takesTier)
        throw invalid(`There is no such source key in ${wanted.source_key_tier}.`);
      const whole = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(wanted.valid_to ?? '');
      const validTo = wanted.key_expiration ? (whole ? Date.parse(wanted.valid_to ?? '') : Number.NaN) : null;
      if (Number.isNaN(validTo)) throw invalid('valid_to must be a time in whole seconds of UTC.');
      entry.metered = true;
      importKeyMaterial(kms, member, wanted.source_key_identifier, validTo);
      entry.workDone = true;
      return json(member);
    },
  });

  post('update-primary-region', {
    phrase: 'Error Updating AWS Primary Region',
    awsOperation: 'UpdatePrimaryRegion',
    work: (request, entry) => {
      const member = findKey(simulation, request);
      const { PrimaryRegion: region } = promotionRequest.parse(request.body ?? {});
      const { updatePrimaryBy } = simulation.settings;
      const byReplica = updatePrimaryBy !== 'primary' && member.region === region;
      if (updatePrimaryBy === 'replica' && !byReplica) throw notAPrimary(member);
      const { primary, replicas } = standingOf(kms, member);
      // CCKM goes by its record of the set, however old.
      if (primary === member.region && region !== primary && !replicas.includes(region)) {
        throw invalid(`AWS key ${member.id} has no replica in ${region}.`);
      }
      entry.metered = true;
      const moving = byReplica ? (kms.set(member.keyId).find(({ type }) => type === 'PRIMARY') ?? member) : member;
      const others = kms.set(member.keyId).filter((other) => other !== moving);
      const letAge = noteRecords(kms, others);
      updatePrimaryRegion(kms, moving, region);
      moving.remembered = null;
      letAge(simulation.settings.promotionStaleMs);
      entry.workDone = true;
      return json(member);
    },
  });
  return router;
}

import { Router } from 'express';
import { findContainer } from '../cckm/containers.ts';
import { invalid, notFound } from '../cckm/failure.ts';
import { keyJson } from '../cckm/key-json.ts';
import { aliasOf, createRequest, tagsOf } from '../cckm/key-request.ts';
import { choosePolicy } from '../cckm/policy-choice.ts';
import type { Simulation } from '../simulation.ts';
import { exchange } from './exchange.ts';
import type { Route } from './route.ts';

/** Create key and upload-key. Source: CCKM contract, sections 2.4 and 2.8. */
export function createRoutes(simulation: Simulation): Router {
  const router = Router();
  const { kms } = simulation;
  const create = (operation: 'create-key' | 'upload-key'): Route => ({
    operation,
    phrase: 'Error Creating AWS Key',
    awsOperation: 'CreateKey',
    work: (request, entry) => {
      const wanted = createRequest.parse(request.body ?? {});
      const { region, aws_param: params, source_key_identifier: source } = wanted;
      const container = findContainer(kms, simulation.settings, wanted.kms);
      if (!container) throw notFound(`KMS ${wanted.kms}`);
      if (!container.regions.includes(region)) throw invalid(`The KMS ${container.name} has no Region ${region}.`);
      const uploads = operation === 'upload-key';
      if (uploads && source === undefined) throw invalid('source_key_identifier is required.');
      const account = container.account_id;
      const choice = choosePolicy(params.Policy, wanted, account, simulation.templates);
      kms.quotas.spend(account, region, 'CreateKey');
      kms.mustHaveRoom(account, region);
      const external = uploads || params.Origin === 'EXTERNAL';
      const key = kms.add({
        account,
        region,
        multiRegion: params.MultiRegion,
        origin: external ? 'EXTERNAL' : 'AWS_KMS',
        spec: params.CustomerMasterKeySpec,
        description: params.Description,
        tags: tagsOf(params.Tags, choice.policyTemplate),
        ...(external ? { materialAt: uploads ? kms.now() : null, sourceKeyId: source ?? null } : {}),
        ...choice,
      });
      entry.keyId = key.id;
      entry.mrk = key.keyId;
      entry.account = account;
      entry.region = region;
      entry.workDone = true;
      if (params.Alias) kms.addAlias(key, aliasOf(params.Alias));
      return { status: 201, body: keyJson(kms, key, simulation.settings) };
    },
  });
  router.post('/keys', exchange(simulation, create('create-key')));
  router.post('/upload-key', exchange(simulation, create('upload-key')));
  return router;
}

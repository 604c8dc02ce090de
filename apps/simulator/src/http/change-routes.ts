import { type Request, Router } from 'express';
import { z } from 'zod';
import { invalid, notFound } from '../cckm/failure.ts';
import { keyJson } from '../cckm/key-json.ts';
import { aliasOf } from '../cckm/key-request.ts';
import { choosePolicy, policyFields } from '../cckm/policy-choice.ts';
import { refresh } from '../cckm/records.ts';
import type { Effect } from '../control/faults.ts';
import type { Member } from '../kms/member.ts';
import { mustAllow } from '../kms/state-table.ts';
import type { Simulation } from '../simulation.ts';
import { exchange } from './exchange.ts';
import { findKey } from './key-routes.ts';

const dayMs = 86_400_000;
const addTags = z.object({ tags: z.array(z.object({ tag_key: z.string(), tag_value: z.string() })) });
const removeTags = z.object({ tags: z.array(z.string()) });
const alias = z.object({ alias: z.string().min(1) });
const policy = z.looseObject({ Policy: z.unknown().optional(), ...policyFields });

/** What can be changed on a key that is there. Source: CCKM contract, section 2.8. */
export function changeRoutes(simulation: Simulation): Router {
  const router = Router();
  const { kms } = simulation;
  const change = (
    action: string,
    awsOperation: string,
    apply: (member: Member, body: unknown, effect: Effect | null) => void,
  ) =>
    router.post(
      `/:id/${action}`,
      exchange(simulation, {
        operation: action,
        phrase: 'Error Updating AWS Key',
        awsOperation,
        work: (request: Request, entry, effect) => {
          const member = findKey(simulation, request);
          mustAllow(awsOperation, member, kms.state(member));
          // CreateAlias is spent where the alias is made.
          if (awsOperation !== 'CreateAlias') kms.quotas.spend(member.account, member.region, awsOperation);
          apply(member, request.body ?? {}, effect);
          member.updatedAt = kms.now();
          entry.workDone = true;
          return { body: keyJson(kms, member, simulation.settings) };
        },
      }),
    );

  change('enable', 'EnableKey', (member) => {
    member.disabled = false;
  });
  change('disable', 'DisableKey', (member) => {
    member.disabled = true;
  });
  change('schedule-deletion', 'ScheduleKeyDeletion', (member, body) => {
    const days = Number((body as { days?: unknown }).days ?? 30);
    if (!(days >= 7 && days <= 30)) throw invalid('days must be 7 to 30.');
    member.deletionDate = kms.now() + days * dayMs;
  });
  change('cancel-deletion', 'CancelKeyDeletion', (member) => {
    member.deletionDate = null;
    member.disabled = true;
  });
  change('add-alias', 'CreateAlias', (member, body, effect) => {
    const name = aliasOf(alias.parse(body).alias);
    if (!effect?.leavesOut?.includes('alias')) kms.addAlias(member, name);
  });
  change('delete-alias', 'DeleteAlias', (member, body) => kms.removeAlias(member, aliasOf(alias.parse(body).alias)));
  change('add-tags', 'TagResource', (member, body) => {
    const given = addTags.parse(body).tags;
    const names = given.map(({ tag_key }) => tag_key);
    member.tags = [
      ...member.tags.filter(({ TagKey }) => !names.includes(TagKey)),
      ...given.map(({ tag_key, tag_value }) => ({ TagKey: tag_key, TagValue: tag_value })),
    ];
  });
  change('remove-tags', 'UntagResource', (member, body) => {
    const names = removeTags.parse(body).tags;
    member.tags = member.tags.filter(({ TagKey }) => !names.includes(TagKey));
  });
  change('update-description', 'UpdateKeyDescription', (member, body) => {
    member.description = z.object({ description: z.string() }).parse(body).description;
  });
  change('policy', 'PutKeyPolicy', (member, body) => {
    const wanted = policy.parse(body);
    Object.assign(member, choosePolicy(wanted.Policy, wanted, member.account, simulation.templates));
  });
  router.post(
    '/:id/refresh',
    exchange(simulation, {
      operation: 'refresh',
      work: (request) => {
        const member = findKey(simulation, request);
        if (!simulation.settings.offersRefresh) throw notFound('Resource');
        // CCKM takes the call all the same; its record stays as it was.
        if (!simulation.settings.unreachableRegions.includes(member.region)) {
          refresh(kms, member, simulation.settings.refreshMs);
        }
        return { body: { message: `AWS key '${member.id}' will be refreshed and persisted` } };
      },
    }),
  );
  return router;
}

import type { Config } from '@keyferry/config';
import {
  type ErrorCode,
  errorRule,
  expectedSeconds,
  laneLoads,
  type PreviewView,
  plannedCalls,
  type WarningCode,
  warningCatalogue,
} from '@keyferry/core';
import {
  type CodeCount,
  type PlanRow,
  quotaIn,
  readLaneQuotas,
  readPlannedWork,
  readReasons,
  readWarnings,
  type Store,
} from '@keyferry/store';
import { Router } from 'express';
import { Problem } from '../http/problem.ts';
import { mustRead } from './plan-routes.ts';

/** What a plan would do: how much, how long, at what price, and what stands in its way. */
export function previewRoute(store: Store, { quotas, keyPrice }: Pick<Config, 'quotas' | 'keyPrice'>): Router {
  const router = Router();
  router.get('/:id/preview', async (request, response) => {
    const plan = await mustRead(store, request.params.id);
    if (plan.state === 'resolving') {
      throw new Problem(
        409,
        'Wrong state',
        `The plan is still being checked. ${plan.reason ?? 'Ask again in a moment.'}`,
      );
    }
    const [reasons, warnings, work, own] = await Promise.all([
      readReasons(store, plan.id),
      readWarnings(store, plan.id),
      readPlannedWork(store, plan.id),
      readLaneQuotas(store),
    ]);
    const calls = plannedCalls(plan.spec, work);
    const quotaOf = quotaIn(own, quotas.perSecond);
    const lanes = laneLoads(calls, quotaOf);
    const sequential = plan.spec.options.region_order === 'sequential';
    const view: PreviewView = {
      counts: plan.counts,
      reasons: reasons.map(reasonView),
      warnings: warnings.map(warningView),
      lanes: lanes.map((lane) => ({ ...lane, seconds: round(lane.seconds) })),
      lower_bound_seconds: round(Math.max(0, ...lanes.map(({ seconds }) => seconds))),
      expected_seconds: round(expectedSeconds(calls, quotaOf, { headroom: quotas.headroom, sequential })),
      monthly_cost: monthlyCost(plan, keyPrice),
    };
    response.json(view);
  });
  return router;
}

function reasonView({ code, count }: CodeCount): PreviewView['reasons'][number] {
  const rule = errorRule(code as ErrorCode);
  return { code, count, message: rule?.title ?? code, what_to_do: rule?.operatorAdvice ?? '' };
}

function warningView({ code, count }: CodeCount): PreviewView['warnings'][number] {
  const rule = warningCatalogue[code as WarningCode];
  return { code, count, message: rule?.title ?? code, what_to_do: rule?.operatorAdvice ?? '' };
}

/** Each replica is priced as one key. Source: KMS developer guide, multi-Region keys, overview. */
function monthlyCost({ counts }: PlanRow, { amount, currency }: Config['keyPrice']): PreviewView['monthly_cost'] {
  const keys = counts.total - counts.blocked - counts.already_present - counts.cancelled - counts.failed;
  return {
    amount: round(keys * amount),
    currency,
    per_key: amount,
    keys,
    assumption:
      `${currency} ${amount} for each KMS key a month (KEYFERRY_KEY_PRICE); a replica is priced as a key of its own. ` +
      'Requests, rotations and CipherTrust are not in it.',
  };
}

const round = (value: number): number => Math.round(value * 100) / 100;

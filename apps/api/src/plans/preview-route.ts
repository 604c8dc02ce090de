import type { Config } from '@keyferry/config';
import {
  copiedFieldsOf,
  type ErrorCode,
  errorRule,
  expectedSeconds,
  laneLoads,
  mostListed,
  type PreviewView,
  plannedCalls,
  type WarningCode,
  warningCatalogue,
  windowAt,
} from '@keyferry/core';
import {
  type CodeCount,
  type FirstOf,
  type PlanRow,
  quotaIn,
  readLaneQuotas,
  readPlannedWork,
  readPlanOrigins,
  readReasons,
  readRowSettings,
  readSharedSettings,
  readWarnings,
  type Store,
} from '@keyferry/store';
import { routes } from '../http/operation-routes.ts';
import { Problem } from '../http/problem.ts';
import { mustRead } from './find-plan.ts';
import { fromPrimaryView } from './replica-view.ts';

/** What a plan would do: how much, how long, at what price, and what stands in its way. */
export function previewRoute(store: Store, { quotas, keyPrice }: Pick<Config, 'quotas' | 'keyPrice'>) {
  return routes({
    'GET /v1/plans/{id}/preview': async ({ id }) => {
      const plan = await mustRead(store, id);
      if (plan.state === 'resolving') {
        throw new Problem(
          409,
          'Wrong state',
          `The plan is still resolving. ${plan.reason ?? 'Retry in a few seconds.'}`,
        );
      }
      const copied = copiedFieldsOf(plan.spec);
      const [reasons, warnings, work, own, origins, shared, rowSettings] = await Promise.all([
        readReasons(store, plan.id),
        readWarnings(store, plan.id),
        readPlannedWork(store, plan.id),
        readLaneQuotas(store),
        readPlanOrigins(store, plan.id),
        copied.length > 0 ? readSharedSettings(store, plan.id, mostListed) : none,
        plan.spec.manifest === undefined ? none : readRowSettings(store, plan.id, mostListed),
      ]);
      const calls = plannedCalls(plan.spec, work);
      const quotaOf = quotaIn(own, quotas.perSecond);
      const lanes = laneLoads(calls, quotaOf);
      const sequential = plan.spec.options.region_order === 'sequential';
      const expected = expectedSeconds(calls, quotaOf, { headroom: quotas.headroom, sequential });
      const window = previewWindow(plan, expected, new Date());
      const view: PreviewView = {
        counts: plan.counts,
        reasons: reasons.map(reasonView),
        warnings: [...warnings, ...windowWarning(plan, window)].map(warningView),
        same_as_primary: copied,
        lanes: lanes.map((lane) => ({ ...lane, seconds: round(lane.seconds) })),
        lower_bound_seconds: round(Math.max(0, ...lanes.map(({ seconds }) => seconds))),
        expected_seconds: round(expected),
        window,
        monthly_cost: monthlyCost(plan, keyPrice),
        origins: origins.map(({ account, primary_region, keys }) => ({
          account: account || null,
          primary_region: primary_region || null,
          keys,
        })),
        from_primaries: {
          total: shared.total,
          items: shared.items.map(({ key_id, from_primary, ...rest }) => ({
            ...rest,
            key_id,
            settings: fromPrimaryView(from_primary) ?? {},
          })),
        },
        row_settings: {
          total: rowSettings.total,
          items: rowSettings.items.map(({ key_id, settings, ...rest }) => ({
            ...rest,
            key_id,
            settings: { ...settings },
          })),
        },
      };
      return view;
    },
  });
}

const none: FirstOf<never> = { total: 0, items: [] };

function reasonView({ code, count }: CodeCount): PreviewView['reasons'][number] {
  const rule = errorRule(code as ErrorCode);
  return { code, count, message: rule?.title ?? code, what_to_do: rule?.operatorAdvice ?? '' };
}

function warningView({ code, count }: CodeCount): PreviewView['warnings'][number] {
  const rule = warningCatalogue[code as WarningCode];
  return { code, count, message: rule?.title ?? code, what_to_do: rule?.operatorAdvice ?? '' };
}

/** The window in which the plan would begin, now or at its `start_at`. */
function previewWindow({ windows, spec }: PlanRow, expected: number, now: Date): PreviewView['window'] {
  const startAt = new Date(spec.options.start_at ?? 0);
  const from = startAt > now ? startAt : now;
  const interval = windowAt(windows, from);
  if (interval === null) return null;
  const { opensAt, closesAt } = interval;
  const begins = Math.max(opensAt.getTime(), from.getTime());
  return {
    open: opensAt <= now,
    opens_at: opensAt.toISOString(),
    closes_at: closesAt.toISOString(),
    fits: closesAt.getTime() - begins >= expected * 1_000,
  };
}

/** Told once for the replicas that are still to be made. */
function windowWarning({ counts }: PlanRow, window: PreviewView['window']): CodeCount[] {
  const code: WarningCode = 'exceeds_window';
  return window?.fits === false ? [{ code, count: counts.pending + counts.queued }] : [];
}

/** Each replica that is made is priced as one key. Source: KMS developer guide, multi-Region keys, overview. */
function monthlyCost(
  { counts, operation }: PlanRow,
  { amount, currency }: Config['keyPrice'],
): PreviewView['monthly_cost'] {
  const toDo = counts.total - counts.blocked - counts.already_present - counts.cancelled - counts.failed;
  const keys = operation === 'promote' ? 0 : toDo;
  return {
    amount: round(keys * amount),
    currency,
    per_key: amount,
    keys,
    assumption:
      (operation === 'promote' ? 'A promotion creates no keys. ' : '') +
      `${currency} ${amount} per KMS key and month (KEYFERRY_KEY_PRICE); each replica counts as one key. ` +
      'Requests, rotations and CipherTrust are not included.',
  };
}

const round = (value: number): number => Math.round(value * 100) / 100;

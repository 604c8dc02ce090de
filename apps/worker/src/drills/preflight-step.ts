import {
  closingBlock,
  durationSeconds,
  type FindingSeverity,
  lowerBoundSeconds,
  promotionUses,
  type Runbook,
  replicateUses,
  setsAlias,
} from '@keyferry/core';
import {
  countNoticeWebhooks,
  groupCells,
  noteFinding,
  quotaIn,
  readApproversWithTokens,
  readDrillWork,
  readLaneQuotas,
} from '@keyferry/store';
import { askForCheck, checkFailed, endedCheck, stateWithCode } from './check-steps.ts';
import { counted, failed, lookEveryMs, type StepAtWork, type StepWay } from './drill-context.ts';
import { faultsOfCall } from './faults-of-call.ts';
import { operationOfStep, strandedReason, unsureRegions } from './stranded.ts';

interface Found {
  readonly severity: FindingSeverity;
  readonly code: string;
  readonly message: string;
}

/** Looks, before anything is changed, at what would make the rest of the drill fail. */
export const preflightStep: StepWay<'preflight'> = {
  begin: (work) => askForCheck(work, { proof: false }),
  async look(work) {
    const { tx, drill, step } = work;
    const check = await endedCheck(work);
    if (check === null) return { to: 'running', againMs: lookEveryMs };
    if (check.state === 'failed') return checkFailed(check);
    const runbook = await work.runbook();
    const found = [
      ...(await foundOfPrimaries(work, runbook)),
      ...(await foundOfCells(work, check.id, runbook)),
      ...(await foundOfTargets(work, check.id, runbook)),
      ...foundOfCalls(work, runbook),
      ...(await foundOfPeople(work, runbook)),
    ];
    for (const one of found) await noteFinding(tx, drill.id, { ...one, stepPosition: step.position });
    const blocking = found.filter(({ severity }) => severity === 'blocking');
    if (blocking.length > 1)
      return failed(
        'preflight',
        `${counted(blocking.length, 'blocking finding')}: fix them, then declare a new drill.`,
      );
    if (blocking[0] !== undefined) return failed('preflight', blocking[0].message);
    const warnings = found.filter(({ severity }) => severity === 'warning').length;
    return {
      to: 'succeeded',
      message: warnings === 0 ? 'No problems found.' : `${counted(warnings, 'warning')}.`,
    };
  },
};

async function foundOfPrimaries(work: StepAtWork, { steps, lost_regions }: Runbook): Promise<Found[]> {
  const operations = [...new Set(steps.flatMap(({ step }) => operationOfStep(step) ?? []))];
  const reasons = await Promise.all(
    (operations.length > 0 ? operations : (['ReplicateKey'] as const)).map((one) => strandedReason(work, one)),
  );
  const [message] = reasons.filter((reason) => reason !== null);
  if (message !== undefined) {
    return [{ severity: operations.length > 0 ? 'blocking' : 'info', code: 'primary_region_down', message }];
  }
  const unsure = [...new Set((await Promise.all(operations.map((one) => unsureRegions(work, one)))).flat())];
  const lately: Found[] = unsure.map((region) => ({
    severity: 'info',
    code: 'primary_region_unsure',
    message: `${region}: the last calls failed and none was made since. The first call of this drill shows whether the Region answers.`,
  }));
  if (lost_regions.length === 0) return lately;
  return [
    ...lately,
    {
      severity: 'info',
      code: 'lost_regions',
      message: `${lost_regions.join(', ')}: assumed lost. No primary is there.`,
    },
  ];
}

async function foundOfCells({ tx }: StepAtWork, checkId: string, { steps }: Runbook): Promise<Found[]> {
  const made = new Set<string>();
  for (const one of steps) {
    if (one.step === 'replicate') for (const region of one.regions ?? ['*']) made.add(region);
  }
  const targets = new Set(steps.flatMap((one) => (one.step === 'promote' ? [one.to] : [])));
  return (await groupCells(tx, checkId)).flatMap(({ state, code, cells, regions }): Found[] => {
    if (state === 'covered') return [];
    const where = `${counted(cells, 'key-Region pair')} in ${regions.join(', ')}`;
    const message = (what: string) => `${where}: ${stateWithCode(state, code)}. ${what}`;
    if (code === 'region_not_managed' || code === 'unknown_key' || code === 'ambiguous_alias') {
      return [
        {
          severity: 'blocking',
          code: `coverage_${state}`,
          message: message('The drill can neither check nor change them.'),
        },
      ];
    }
    const promoted = regions.some((region) => targets.has(region));
    const willBeMade = state === 'missing' && (made.has('*') || regions.every((region) => made.has(region)));
    const inTheWay =
      promoted && ['missing', 'disabled', 'pending_deletion', 'pending_import'].includes(state) && !willBeMade;
    if (inTheWay) {
      return [{ severity: 'blocking', code: `coverage_${state}`, message: message('They cannot become primaries.') }];
    }
    return [
      {
        severity: willBeMade ? 'info' : 'warning',
        code: `coverage_${state}`,
        message: message(
          willBeMade ? 'The drill creates them.' : 'The drill does not fix it: see docs/how-to/coverage.md.',
        ),
      },
    ];
  });
}

/** What the AWS quotas alone allow against the RTO. */
async function foundOfTargets({ tx, context }: StepAtWork, checkId: string, runbook: Runbook): Promise<Found[]> {
  if (runbook.targets.rto === null) return [];
  const quotaOf = quotaIn(await readLaneQuotas(context.store), context.config.quotas.perSecond);
  const work = await readDrillWork(tx, checkId);
  const alias = setsAlias(closingBlock(runbook));
  let seconds = 0;
  for (const step of runbook.steps) {
    if (step.step === 'replicate') {
      const here = work.filter(({ region }) => step.regions?.includes(region) ?? true);
      const calls = here.map(({ account, primary_region, region, missing }) => ({
        uses: replicateUses(account, primary_region, region, alias),
        calls: missing,
      }));
      seconds += lowerBoundSeconds(calls, quotaOf);
    }
    if (step.step === 'promote') {
      const here = work.filter(({ region, primary_region }) => region === step.to && primary_region !== step.to);
      const calls = here.map(({ account, primary_region, region, keys }) => ({
        uses: promotionUses(account, primary_region, region),
        calls: keys,
      }));
      seconds += lowerBoundSeconds(calls, quotaOf);
    }
  }
  if (seconds <= durationSeconds(runbook.targets.rto)) return [];
  const message = `At the AWS quotas the calls of this drill take ${Math.ceil(seconds)} s: its RTO of ${runbook.targets.rto} cannot be met. Raise the quotas in AWS, then set them in Keyferry.`;
  return [{ severity: 'warning', code: 'rto_impossible', message }];
}

function foundOfCalls({ context }: StepAtWork, { steps }: Runbook): Found[] {
  return steps.flatMap((step): Found[] =>
    step.step !== 'http'
      ? []
      : faultsOfCall(step, context.config).map(({ code, message }) => {
          return { severity: 'blocking', code, message: `Step ${step.id}: ${message}` };
        }),
  );
}

/** Whether there are approvers, and receivers of notices. Only callers with tokens are known, so these are warnings. */
async function foundOfPeople({ tx, drill }: StepAtWork, { steps, approvers }: Runbook): Promise<Found[]> {
  const wanted = Math.max(0, ...steps.map((step) => (step.step === 'approve' ? step.approvals : 0)));
  const able = (await readApproversWithTokens(tx)).filter(
    (name) => !drill.proposed_by.includes(name) && (approvers.length === 0 || approvers.includes(name)),
  );
  const few: Found = {
    severity: 'warning',
    code: 'too_few_approvers',
    message: `A step needs ${counted(wanted, 'approval')}; ${able.length} other callers with API tokens can approve. OIDC users are not known until they log in.`,
  };
  const notices = steps.filter(({ step }) => step === 'notify').map(({ id }) => id);
  const silent = notices.length > 0 && (await countNoticeWebhooks(tx)) === 0;
  const unheard: Found = {
    severity: 'warning',
    code: 'nobody_told',
    message: `No webhook subscribes to com.keyferry.drill.notice: the drill ends with findings, since ${notices.join(', ')} ${notices.length === 1 ? 'reaches' : 'reach'} no receiver. Create a webhook (keyferry webhook create), or remove ${notices.length === 1 ? 'the step' : 'the steps'}.`,
  };
  return [...(able.length < wanted ? [few] : []), ...(silent ? [unheard] : [])];
}

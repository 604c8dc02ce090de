import { durationSeconds, type StepOf } from '@keyferry/core';
import { changeStep, holdDrill, mostHoldersLost, noteInLog, outlivedHolders } from '@keyferry/store';
import { type CalledCheck, faultOfCheckToken } from '@keyferry/webhook';
import { type DrillContext, failed, type StepAtWorkOf, type StepMove, type StepWay } from './drill-context.ts';
import { faultsOfCall } from './faults-of-call.ts';

type Http = StepOf<'http'>;

/**
 * Calls a team's own check; what it answers is evidence. That a call is about to be made is noted before it is made: a worker
 * that dies in it is followed by one that makes it again, with the same Idempotency-Key, and says so; three at most.
 */
export const httpStep: StepWay<'http'> = {
  async begin({ context, spec, rehearsed }) {
    if (rehearsed) return { to: 'skipped', message: `A live drill would call ${spec.method} ${spec.url} here.` };
    return refused(context, spec) ?? { to: 'running', againMs: 0, detail: { tries: 0 } };
  },
  async look({ context, tx, drill, step, spec, now }) {
    if (typeof step.detail.again_at === 'string' && Date.parse(step.detail.again_at) > now.getTime()) {
      return { to: 'running', againMs: Date.parse(step.detail.again_at) - now.getTime() };
    }
    // The worker that began the step may have had other settings.
    const fault = refused(context, spec);
    if (fault !== null) return fault;
    const tries = Number(step.detail.tries ?? 0) + 1;
    const again = step.detail.calling === tries;
    const lost = again ? Number(step.detail.lost ?? 0) + 1 : 0;
    if (lost >= mostHoldersLost) {
      return failed('workers_lost', outlivedHolders(`called ${spec.method} ${spec.url}`, 'declare the drill again'));
    }
    const message = again
      ? `The worker was lost while it called ${spec.method} ${spec.url}: the call is retried with the same Idempotency-Key.`
      : `Calling ${spec.method} ${spec.url}.`;
    await noteInLog(tx, drill.id, { kind: 'http', message, stepPosition: step.position, detail: { try: tries } });
    await changeStep(tx, drill.id, step.position, {
      detail: { calling: tries, again_at: null, ...(again ? { repeated: true, lost } : {}) },
    });
    await holdDrill(tx, drill.id, context.session.id);
    return { to: 'call', tries };
  },
};

function refused({ config }: DrillContext, spec: Http): StepMove | null {
  const [fault] = faultsOfCall(spec, config);
  return fault === undefined ? null : failed(fault.code, fault.message);
}

/** Makes the call, outside of any transaction. */
export async function callCheck(
  { config, sender }: DrillContext,
  { drillId, stepId, tries, spec }: { drillId: string; stepId: string; tries: number; spec: Http },
  signal: AbortSignal | undefined,
): Promise<CalledCheck> {
  const mayTake = faultOfCheckToken(spec, config.checkTokens) === null;
  const token = mayTake ? config.checkTokens.get(spec.bearer ?? '')?.token : undefined;
  const called = await sender.call(
    {
      url: spec.url,
      method: spec.method,
      body: spec.body,
      headers: {
        ...Object.fromEntries(Object.entries(spec.headers).map(([name, value]) => [name.toLowerCase(), value])),
        'idempotency-key': `${drillId}-${stepId}-${tries}`,
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
    },
    signal,
  );
  // A check that answers with what it was sent must not put the token into the evidence.
  return token === undefined || called.answer === null
    ? called
    : { ...called, answer: called.answer.replaceAll(token, '[token]') };
}

/** What a step has come to by the answer of its call. */
export async function afterCall(
  { tx, drill, step, spec, now }: StepAtWorkOf<'http'>,
  tries: number,
  called: CalledCheck,
): Promise<StepMove> {
  const { httpStatus, error, answer, answerSha256, durationMs } = called;
  const evidence = {
    status: httpStatus,
    error,
    answer,
    answer_sha256: answerSha256,
    duration_ms: Math.round(durationMs),
  };
  const fault = faultOf(spec, called);
  const message = `${spec.method} ${spec.url} ${httpStatus === null ? 'was not answered' : `answered ${httpStatus}`} in ${Math.round(durationMs)} ms: ${fault ?? 'as expected'}.`;
  await noteInLog(tx, drill.id, {
    kind: 'http',
    message,
    stepPosition: step.position,
    detail: { try: tries, ...evidence },
  });
  const detail = { tries, calling: null, last: evidence };
  if (fault === null) return { to: 'succeeded', message, detail };
  if (spec.every === null) return failed('check_refused', message, detail);
  const againMs = durationSeconds(spec.every) * 1_000;
  return { to: 'running', againMs, detail: { ...detail, again_at: new Date(now.getTime() + againMs).toISOString() } };
}

function faultOf({ expect }: Http, { httpStatus, error, answer }: CalledCheck): string | null {
  if (httpStatus === null) return error ?? 'no answer';
  if (!expect.status.includes(httpStatus)) {
    const redirects = httpStatus >= 300 && httpStatus < 400 ? '; redirects are not followed' : '';
    return `the step expects ${expect.status.join(' or ')}${redirects}`;
  }
  if (expect.body_contains !== null && !(answer ?? '').includes(expect.body_contains)) {
    return `the first KiB of the response lacks ${JSON.stringify(expect.body_contains)}`;
  }
  return null;
}

import { approvalsInWords, durationSeconds, type StepOf } from '@keyferry/core';
import { changeStep, noteFinding, readDrillApprovals, tellNotice } from '@keyferry/store';
import { counted, failed, type StepWay } from './drill-context.ts';

export const waitStep: StepWay<'wait'> = {
  async begin({ spec, rehearsed }) {
    if (rehearsed) return { to: 'skipped', message: `A live drill would wait ${spec.for} here.` };
    return { to: 'running', againMs: durationSeconds(spec.for) * 1_000 };
  },
  async look({ step, spec, now }) {
    const leftMs = (step.deadline_at?.getTime() ?? 0) - now.getTime();
    return leftMs > 0 ? { to: 'running', againMs: leftMs } : { to: 'succeeded', message: `Waited ${spec.for}.` };
  },
};

const approvalsOfStep = ({ approvals, message }: StepOf<'approve'>, given: number): string =>
  `${approvalsInWords(given, approvals)}.${message === null ? '' : ` ${message}`}`;

/** A go or no-go of people in the middle of a drill. */
export const approveStep: StepWay<'approve'> = {
  async begin({ spec, rehearsed }) {
    const wanted = counted(spec.approvals, 'approval');
    if (rehearsed) return { to: 'skipped', message: `A live drill would wait for ${wanted} here.` };
    return {
      to: 'awaiting_approval',
      message: approvalsOfStep(spec, 0),
    };
  },
  async look({ tx, drill, step, spec, now }) {
    const given = (await readDrillApprovals(tx, drill.id)).filter(
      ({ step_position }) => step_position === step.position,
    );
    const no = given.find(({ decision }) => decision === 'reject');
    if (no !== undefined)
      return failed('rejected', `${no.approver} rejected it.${no.comment === null ? '' : ` "${no.comment}"`}`);
    if (typeof step.detail.broken_glass_by === 'string') {
      return { to: 'succeeded', message: `Approved by break-glass of ${step.detail.broken_glass_by}.` };
    }
    const yes = given.filter(({ approver }) => approver !== drill.created_by).map(({ approver }) => approver);
    if (yes.length >= spec.approvals) return { to: 'succeeded', message: `Approved by ${yes.join(', ')}.` };
    await changeStep(tx, drill.id, step.position, { detail: { message: approvalsOfStep(spec, yes.length) } });
    return { to: 'running', againMs: Math.max(1, (step.deadline_at?.getTime() ?? 0) - now.getTime()) };
  },
};

/** Notifies webhooks through the outbox: retried until delivered, independent of this drill. */
export const notifyStep: StepWay<'notify'> = {
  async begin({ tx, drill, step, spec, rehearsed }) {
    if (rehearsed) return { to: 'skipped', message: `A live drill would send: ${spec.message}` };
    const webhooks = await tellNotice(tx, drill.id, { step: step.id, message: spec.message });
    if (webhooks === 0) {
      const message = `No webhook subscribes to com.keyferry.drill.notice: step ${step.id} reached no receiver. Create a webhook, or remove the step.`;
      await noteFinding(tx, drill.id, {
        severity: 'warning',
        code: 'nobody_told',
        message,
        stepPosition: step.position,
      });
    }
    return {
      to: 'succeeded',
      message: `Sent to ${counted(webhooks, 'webhook')}: ${spec.message}`,
      detail: { webhooks },
    };
  },
  look: async () => failed('internal', 'A notify step ends as it begins.'),
};

import type { AuditEntry } from '../run/audit.ts';
import { callsByPair, type Evidence, type Member, type Row } from '../run/evidence.ts';
import { replicatingAt } from './one-in-flight.ts';
import type { Violation } from './violation.ts';

/** `usable_at` is a worker's reckoning of the database's clock. */
const reckoningMs = 300;

/** What is said of a replica is so in AWS, and was when it was said. */
export function* whatIsSaidIsTrue(evidence: Evidence): Iterable<Violation> {
  const { members, rows, audit } = evidence;
  // One of them may have become the primary meanwhile.
  const replicas = new Map(members.map((member) => [`${member.mrk} ${member.region}`, member]));
  const calls = callsByPair(evidence);
  const lives = Map.groupBy(audit, ({ pair }) => pair);
  for (const [pair, of] of calls) {
    const made = of.filter(({ workDone }) => workDone);
    if (made.length > 1)
      yield { promise: 'a replica is made at most once', what: `${pair} was made twice`, evidence: made };
  }
  for (const row of rows) {
    const replica = replicas.get(row.pair);
    const life = lives.get(row.pair) ?? [];
    const made = (calls.get(row.pair) ?? []).find(({ workDone }) => workDone);
    const maker = made ? replicatingAt(life, made.at) : null;
    const seen = { row, replica, made, maker, calls: calls.get(row.pair), life };
    const wrong = (what: string): Violation => ({ promise: 'what is said of a replica is true', what, evidence: seen });
    if (row.state === 'succeeded') {
      if (!replica) yield wrong('succeeded, and AWS has no replica');
      else if (row.replicaKeyId !== replica.id || row.replicaArn !== replica.arn)
        yield wrong('succeeded with another replica than AWS has');
      if (row.outcome === 'already_present') {
        // It was there without material, which this row has imported.
        if (replica?.origin !== 'EXTERNAL') yield wrong('succeeded as already_present');
        if (maker === row.id) yield wrong('succeeded as already present, and its own call has made it');
      } else if (row.outcome !== 'created' && row.outcome !== 'adopted') yield wrong(`succeeded as ${row.outcome}`);
      else if (!made && !mayBeTakenForOurs(evidence, row, life))
        yield wrong(`${row.outcome}, and no call of ours has made it`);
      else if (made && maker !== row.id) yield wrong(`${row.outcome}, and the call of another row has made it`);
      // On one that this plan did not make nothing is changed but its material.
      const ours = row.outcome === 'created' || row.outcome === 'adopted';
      if (ours && replica && replica.aliases.length === 0 && wantsAlias(evidence, row))
        yield wrong('succeeded without the alias that its plan wants');
      const endedAt = life.findLast(({ replica: id, to }) => id === row.id && to === 'succeeded')?.at ?? 0;
      if (replica) yield* usability(evidence, row, replica, endedAt).map(wrong);
    }
    if (row.state === 'already_present') {
      if (!replica) yield wrong('already present, and AWS has no replica');
      if (maker === row.id) yield wrong('already present, and its own call has made it');
      if (replica?.origin === 'EXTERNAL' && replica.material_at === null && importsMaterial(evidence, row))
        yield wrong('already present without material, which its plan wants');
    }
  }
}

const wantsAlias = ({ plans }: Evidence, row: Row): boolean =>
  plans.find(({ id }) => id === row.plan)?.draft.withAlias ?? false;

const importsMaterial = ({ plans }: Evidence, row: Row): boolean =>
  plans.find(({ id }) => id === row.plan)?.draft.options.import_material ?? true;

/**
 * A replica that CCKM did not list until a synchronisation, and a call of ours that may have made it: its answer was lost, or
 * its worker was, before or after the call. Nothing that CCKM tells says who made it, and clocks decide nothing (ADR 6).
 */
function mayBeTakenForOurs(evidence: Evidence, row: Row, life: readonly AuditEntry[]): boolean {
  if (row.outcome !== 'adopted' || !evidence.unlisted.has(row.pair)) return false;
  const claims = life.filter(({ replica, to }) => replica === row.id && to === 'replicating').length;
  const calls = callsByPair(evidence).get(row.pair) ?? [];
  const refused = calls.filter(({ fault, httpStatus }) => fault === null && Math.floor((httpStatus ?? 0) / 100) === 4);
  return claims > 1 || refused.length < claims;
}

function usability(evidence: Evidence, row: Row, replica: Member, endedAt: number): string[] {
  const imports = importsMaterial(evidence, row);
  if (row.keyState === 'PendingImport') {
    if (imports) return ['succeeded without material, which its plan wants'];
    return row.usableAt === null ? [] : ['usable without material'];
  }
  if (row.keyState !== 'Enabled') return [`succeeded as ${row.keyState}`];
  if (replica.origin === 'EXTERNAL' && replica.material_at === null) return ['usable, and it never had material'];
  const usableSince = Math.max(replica.ready_at, replica.material_at ?? 0);
  if (endedAt < usableSince) return [`told usable ${usableSince - endedAt} ms before it was`];
  if (row.usableAt === null) return ['Enabled and no usable_at'];
  return row.usableAt < usableSince - reckoningMs ? [`usable_at is ${usableSince - row.usableAt} ms too early`] : [];
}

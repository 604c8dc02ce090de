import { callsByPair, type Evidence, type Member, type Row } from '../run/evidence.ts';
import { replicatingAt } from './one-in-flight.ts';
import type { Violation } from './violation.ts';

/** `usable_at` is a worker's reckoning of the database's clock. */
const reckoningMs = 300;

/** What is said of a replica is so in AWS, and was when it was said. */
export function* whatIsSaidIsTrue(evidence: Evidence): Iterable<Violation> {
  const { members, rows, audit } = evidence;
  const replicas = new Map(
    members.filter(({ type }) => type === 'REPLICA').map((member) => [`${member.mrk} ${member.region}`, member]),
  );
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
      if (row.outcome !== 'created' && row.outcome !== 'adopted') yield wrong(`succeeded as ${row.outcome}`);
      if (!made) yield wrong(`${row.outcome}, and no call of ours has made it`);
      else if (maker !== row.id) yield wrong(`${row.outcome}, and the call of another row has made it`);
      const endedAt = life.findLast(({ replica: id, to }) => id === row.id && to === 'succeeded')?.at ?? 0;
      if (replica) yield* usability(evidence, row, replica, endedAt).map(wrong);
    }
    if (row.state === 'already_present') {
      if (!replica) yield wrong('already present, and AWS has no replica');
      if (maker === row.id) yield wrong('already present, and its own call has made it');
    }
  }
}

function usability({ plans }: Evidence, row: Row, replica: Member, endedAt: number): string[] {
  const imports = plans.find(({ id }) => id === row.plan)?.draft.options.import_material ?? true;
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

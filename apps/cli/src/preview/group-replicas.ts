import type { ReplicaDifferenceView, ReplicaView, ReplicaWarningView } from '@keyferry/core';

/** What will become of a replica, as a preview tells it. */
export const verdicts = ['create', 'present', 'differs', 'waits', 'blocked'] as const;
export type Verdict = (typeof verdicts)[number];

/** Keys of one account and Region that go into the same Regions. */
export interface Bundle {
  readonly account: string | null;
  readonly from: string | null;
  readonly regions: readonly string[];
  /** The keys' aliases, or their ids. */
  readonly keys: string[];
}

/** Replicas of one verdict for one cause: an error code, a difference, what is waited for; empty for no cause. */
export interface Group {
  readonly verdict: Verdict;
  readonly cause: string;
  readonly example: ReplicaView;
  readonly differences: readonly ReplicaDifferenceView[];
  readonly keys: number;
  readonly replicas: number;
  /** The largest first. */
  readonly bundles: readonly Bundle[];
}

export interface WarningCount extends ReplicaWarningView {
  count: number;
}

/** All replicas of a preview, grouped so that what is alike is told once. */
export interface GroupedPreview {
  readonly keys: number;
  /** Regions in the order of the plan, each with its replicas by verdict. */
  readonly byRegion: ReadonlyMap<string, Readonly<Record<Verdict, number>>>;
  readonly totals: Readonly<Record<Verdict, number>>;
  readonly groups: readonly Group[];
  /** By code, with one message as the example. */
  readonly warnings: readonly WarningCount[];
}

/** Warnings that say that the call is made, and only later. */
const passing = ['in_flight_elsewhere', 'primary_creating', 'primary_updating'];

const none = (): Record<Verdict, number> => ({ create: 0, present: 0, differs: 0, waits: 0, blocked: 0 });

function judge(replica: ReplicaView): { verdict: Verdict; cause: string } {
  const differences = replica.diff ?? [];
  switch (replica.state) {
    case 'blocked':
    case 'failed':
      return { verdict: 'blocked', cause: replica.error?.code ?? 'unknown' };
    case 'already_present':
    case 'succeeded':
      return differences.length > 0
        ? { verdict: 'differs', cause: JSON.stringify(differences) }
        : { verdict: 'present', cause: '' };
    default: {
      const wait = replica.warnings?.find(({ code }) => passing.includes(code));
      return wait ? { verdict: 'waits', cause: wait.code } : { verdict: 'create', cause: '' };
    }
  }
}

/** The name of a key that a person knows it by. */
export function keyName({ alias, key_arn: arn, key_id: id }: ReplicaView): string {
  return alias ?? arn?.split(':key/').at(-1) ?? id;
}

/** Reads all replicas of a preview, in the order in which the API lists them: key by key. */
export async function groupReplicas(
  replicas: AsyncIterable<ReplicaView> | Iterable<ReplicaView>,
): Promise<GroupedPreview> {
  const byRegion = new Map<string, Record<Verdict, number>>();
  const totals = none();
  const warnings = new Map<string, WarningCount>();
  const keys = new Set<string>();
  const pending = new Map<string, { verdict: Verdict; cause: string; example: ReplicaView; keys: KeysOfGroup }>();
  for await (const replica of replicas) {
    if (replica.state === 'cancelled') continue;
    const { verdict, cause } = judge(replica);
    keys.add(replica.key_id);
    totals[verdict] += 1;
    const region = byRegion.get(replica.region) ?? none();
    region[verdict] += 1;
    byRegion.set(replica.region, region);
    for (const { code, message } of replica.warnings ?? []) {
      const told = warnings.get(code) ?? { code, message, count: 0 };
      told.count += 1;
      warnings.set(code, told);
    }
    const id = `${verdict} ${cause}`;
    const group = pending.get(id) ?? { verdict, cause, example: replica, keys: new Map() };
    pending.set(id, group);
    const key = group.keys.get(replica.key_id) ?? { replica, regions: [] };
    key.regions.push(replica.region);
    group.keys.set(replica.key_id, key);
  }
  const groups = [...pending.values()].map(({ verdict, cause, example, keys: own }): Group => {
    const bundles = bundle(own, verdict === 'blocked');
    return {
      verdict,
      cause,
      example,
      differences: verdict === 'differs' ? (example.diff ?? []) : [],
      keys: own.size,
      replicas: bundles.reduce((sum, { regions, keys: { length } }) => sum + regions.length * length, 0),
      bundles,
    };
  });
  groups.sort((a, b) => verdicts.indexOf(a.verdict) - verdicts.indexOf(b.verdict) || b.replicas - a.replicas);
  return { keys: keys.size, byRegion, totals, groups, warnings: [...warnings.values()] };
}

type KeysOfGroup = Map<string, { readonly replica: ReplicaView; readonly regions: string[] }>;

/** `withLines`: each key is followed by its line in the manifest. */
function bundle(keys: KeysOfGroup, withLines: boolean): Bundle[] {
  const bundles = new Map<string, Bundle>();
  for (const { replica, regions } of keys.values()) {
    const { account, primary_region: from } = replica;
    const id = `${account} ${from} ${regions.join()}`;
    const one = bundles.get(id) ?? { account, from, regions, keys: [] };
    const line = withLines && replica.manifest_line ? ` (line ${replica.manifest_line})` : '';
    one.keys.push(keyName(replica) + line);
    bundles.set(id, one);
  }
  return [...bundles.values()].sort((a, b) => b.keys.length - a.keys.length);
}

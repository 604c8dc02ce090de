import type { LedgerEntry } from '../../harness/simulator.ts';
import type { Evidence } from '../run/evidence.ts';
import type { Violation } from './violation.ts';

/** The quotas that the harness sets on both sides, requests a second. */
const quotas = { ReplicateKey: 20, CreateKey: 20, GetParametersForImport: 10, ImportKeyMaterial: 60 };

/**
 * At 90 % of a quota, evenly spaced calls that are sent up to 100 ms late never exceed it in a sliding second (ADR 3).
 * What the network and the simulator's own event loop add between sending and arriving is taken off the second.
 */
const windowMs = 1_000 - 150;

/** No lane is called faster than its quota, and so nothing is throttled but by a fault. */
export function* lanesKeepTheirPace({ ledger }: Evidence): Iterable<Violation> {
  const promise = 'no lane is called faster than its quota';
  for (const [lane, { quota, cost, calls }] of lanes(ledger)) {
    const most = Math.floor(quota / cost);
    for (const [i, last] of calls.entries()) {
      const first = calls[i - most];
      if (first && last.at - first.at < windowMs)
        yield {
          promise,
          what: `${lane}: more than ${most} calls in ${windowMs} ms`,
          evidence: calls.slice(i - most, i + 1).map(({ seq, at, fault, region }) => ({ seq, at, fault, region })),
        };
    }
  }
  for (const call of ledger) {
    // CCKM's second call, for the alias: the scenario has others use up that quota.
    const forAlias = call.operation === 'replicate-key' && call.workDone;
    if (call.awsError === 'ThrottlingException' && !call.fault?.includes('awsError') && !forAlias)
      yield { promise, what: 'AWS throttled a call', evidence: call };
  }
}

interface Lane {
  readonly quota: number;
  readonly cost: number;
  readonly calls: LedgerEntry[];
}

function lanes(ledger: readonly LedgerEntry[]): Map<string, Lane> {
  const all = new Map<string, Lane>();
  const add = (operation: keyof typeof quotas, region: string | null, cost: number, call: LedgerEntry) => {
    const id = `${call.account} ${region} ${operation}`;
    const lane = all.get(id) ?? { quota: quotas[operation], cost, calls: [] };
    all.set(id, lane);
    lane.calls.push(call);
  };
  for (const call of ledger.filter(({ metered }) => metered)) {
    if (call.operation === 'replicate-key') {
      add('ReplicateKey', call.primaryRegion, 1, call);
      add('CreateKey', call.region, 2, call);
    } else if (call.operation === 'import-material') {
      add('GetParametersForImport', call.region, 1, call);
      add('ImportKeyMaterial', call.region, 1, call);
    }
  }
  return all;
}

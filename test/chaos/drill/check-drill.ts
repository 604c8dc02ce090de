import type { Violation } from '../checks/violation.ts';
import { regions, steps } from './draw-drill.ts';
import { inShort, type PlayedDrill } from './play-drill.ts';
import { verifiedOffline } from './verified-offline.ts';

/** Everything that a drill promises, whatever happens meanwhile. */
export async function checkDrill(played: PlayedDrill): Promise<Violation[]> {
  return [
    ...ends(played),
    ...movesOnce(played),
    ...replicatesOnce(played),
    ...isCovered(played),
    ...(await isProven(played)),
  ];
}

function* ends({ drill, struck, fallen }: PlayedDrill): Iterable<Violation> {
  const promise = 'the drill ends with every step done, in spite of a kill in each';
  const evidence = inShort(drill);
  if (drill.state !== 'succeeded' && drill.state !== 'completed_with_findings')
    yield { promise, what: `it is ${drill.state}: ${drill.reason}`, evidence };
  for (const { id, state, error } of drill.steps)
    if (state !== 'succeeded') yield { promise, what: `step ${id} is ${state}`, evidence: error };
  for (const { id } of steps)
    if (!struck.has(id)) yield { promise, what: `step ${id} was over before it was struck`, evidence };
  for (const one of fallen) yield { promise, what: 'a process ended by itself', evidence: one };
}

function* movesOnce({ keys, ledger, members }: PlayedDrill): Iterable<Violation> {
  const promise = "each key's primary moves exactly once there and once back";
  const moves = ledger.filter(({ operation, workDone }) => operation === 'update-primary-region' && workDone);
  const byKey = Map.groupBy(moves, ({ mrk }) => mrk);
  for (const { mrk } of keys) {
    const calls = byKey.get(mrk) ?? [];
    const went = calls.map(({ region }) => region).join(', ');
    if (went !== `${regions.target}, ${regions.home}`)
      yield { promise, what: `${mrk} went to ${went}`, evidence: calls };
    const set = members.filter((member) => member.mrk === mrk);
    const primaries = set
      .filter(({ type }) => type === 'PRIMARY')
      .map(({ region }) => region)
      .join(', ');
    if (primaries !== regions.home) yield { promise, what: `${mrk} has its primary in ${primaries}`, evidence: set };
  }
}

function* replicatesOnce({ keys, members }: PlayedDrill): Iterable<Violation> {
  const promise = 'each key is in each Region once, and Enabled';
  const byKey = Map.groupBy(members, ({ mrk }) => mrk);
  const wanted = Object.values(regions)
    .map((region) => `${region} Enabled`)
    .sort()
    .join(', ');
  for (const { mrk } of keys) {
    const set = byKey.get(mrk) ?? [];
    const found = set
      .map(({ region, state }) => `${region} ${state}`)
      .sort()
      .join(', ');
    if (found !== wanted) yield { promise, what: `${mrk} is ${found}`, evidence: set };
  }
}

function* isCovered({ coverage, keys }: PlayedDrill): Iterable<Violation> {
  if (coverage.passed && coverage.keys === keys.length) return;
  yield { promise: 'coverage is complete afterwards', what: `${coverage.covered_percent} %`, evidence: coverage };
}

async function isProven({ pack, publicKey }: PlayedDrill): Promise<Violation[]> {
  const { code, said } = await verifiedOffline(pack, publicKey);
  if (code === 0) return [];
  return [{ promise: 'the evidence pack verifies offline', what: said, evidence: { bytes: pack.length } }];
}

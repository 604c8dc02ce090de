import { cckmIsAskedFirst } from './checks/asked-first.ts';
import { auditLogIsWhole } from './checks/audit-log.ts';
import { countsAlwaysSum } from './checks/counts.ts';
import { nothingIsLost } from './checks/nothing-lost.ts';
import { onePairInFlightOnce } from './checks/one-in-flight.ts';
import { lanesKeepTheirPace } from './checks/pace.ts';
import { statesGoByTheMachine } from './checks/state-machine.ts';
import { whatIsSaidIsTrue } from './checks/truth.ts';
import type { Check, Violation } from './checks/violation.ts';
import { runScenario, Stuck } from './run/run-scenario.ts';
import { drawScenario, type Scenario } from './scenario/draw-scenario.ts';
import type { ChaosServers } from './servers.ts';

const checks: readonly Check[] = [
  countsAlwaysSum,
  statesGoByTheMachine,
  onePairInFlightOnce,
  cckmIsAskedFirst,
  whatIsSaidIsTrue,
  lanesKeepTheirPace,
  nothingIsLost,
  auditLogIsWhole,
];

export interface SeedResult {
  readonly held: boolean;
  readonly seconds: number;
  /** In a few words: how much was done. */
  readonly summary: string;
  /** All that somebody needs who looks for the cause; empty when everything held. */
  readonly report: string;
}

/** Runs the scenario of a seed and checks what is left of it. */
export async function runSeed(servers: ChaosServers, seed: number): Promise<SeedResult> {
  const scenario = drawScenario(seed, servers.engine);
  const started = performance.now();
  const seconds = () => Math.round((performance.now() - started) / 100) / 10;
  try {
    const { evidence, diary } = await runScenario(servers, scenario);
    const violations = checks.flatMap((check) => [...check(evidence)]);
    const calls = evidence.ledger.filter(({ operation }) => operation === 'replicate-key').length;
    return {
      held: violations.length === 0,
      seconds: seconds(),
      summary: `${evidence.plans.length} plans, ${evidence.rows.length} replicas, ${calls} calls, ${scenario.disturbances.length} disturbances`,
      report: violations.length === 0 ? '' : report(scenario, diary, violations),
    };
  } catch (error) {
    const diary = error instanceof Stuck ? error.diary : [];
    const violation = { promise: 'every plan ends', what: String(error), evidence: (error as Error).stack };
    return { held: false, seconds: seconds(), summary: 'stuck', report: report(scenario, diary, [violation]) };
  }
}

/** How many of the same kind are printed in full. */
const shown = 2;

function report(scenario: Scenario, diary: readonly string[], violations: readonly Violation[]): string {
  const { seed, engine, faults, settings } = scenario;
  const kinds = Map.groupBy(violations, ({ promise }) => promise);
  return [
    `Seed ${seed} on ${engine}: ${violations.length} violations. Again: npm run chaos -- --engine ${engine} --seed ${seed}`,
    ...[...kinds].flatMap(([promise, of]) => [
      '',
      `NOT KEPT, ${of.length} times: ${promise}`,
      ...of.map(({ what }) => `  - ${what}`).slice(0, 20),
      ...of.slice(0, shown).map(({ what, evidence }) => `\n${what}\n${JSON.stringify(evidence, null, 1)}`),
    ]),
    '',
    'What was done:',
    ...diary.map((line) => `  ${line}`),
    `Settings: ${JSON.stringify(settings)}`,
    ...faults.map((fault) => `Fault: ${JSON.stringify(fault)}`),
    `Plans: ${JSON.stringify(scenario.plans.map(({ keys, ...plan }) => ({ ...plan, keys: keys.length })))}`,
  ].join('\n');
}

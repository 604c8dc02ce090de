import type { Violation } from '../checks/violation.ts';
import { Stuck } from '../run/run-scenario.ts';
import type { ChaosServers } from '../servers.ts';
import { checkDrill } from './check-drill.ts';
import { drawDrill } from './draw-drill.ts';
import { playDrill } from './play-drill.ts';

export interface DrillResult {
  readonly held: boolean;
  readonly seconds: number;
  /** In a few words: how much was done. */
  readonly summary: string;
  /** All that somebody needs who looks for the cause; empty when everything held. */
  readonly report: string;
}

/** Runs the drill of a seed over so many keys, and checks what is left of it. */
export async function runDrillSeed(servers: ChaosServers, seed: number, keys: number): Promise<DrillResult> {
  const scenario = drawDrill(seed, keys);
  const started = performance.now();
  const seconds = () => Math.round((performance.now() - started) / 100) / 10;
  const failed = (summary: string, diary: readonly string[], violations: readonly Violation[]): DrillResult => ({
    held: false,
    seconds: seconds(),
    summary,
    report: [
      `Drill ${seed} on ${servers.engine}. Again: npm run drill:chaos -- --engine ${servers.engine} --seed ${seed} --keys ${keys}`,
      ...violations.slice(0, 20).map(({ promise, what }) => `NOT KEPT: ${promise}: ${what}`),
      ...violations.slice(0, 2).map(({ evidence }) => JSON.stringify(evidence, null, 1)),
      'What was done:',
      ...diary.map((line) => `  ${line}`),
    ].join('\n'),
  });
  try {
    const played = await playDrill(servers, scenario, 90_000 + keys * 1_500);
    const violations = await checkDrill(played);
    const { ledger, drill, struck, diary } = played;
    const calls = (operation: string) => ledger.filter((call) => call.operation === operation).length;
    const summary = `${keys} keys, ${struck.size} kills of everything, ${calls('update-primary-region')} calls for ${keys * 2} moves, ${calls('replicate-key')} calls for replicas, ${drill.findings.length} findings`;
    return violations.length === 0
      ? { held: true, seconds: seconds(), summary, report: '' }
      : failed(summary, diary, violations);
  } catch (error) {
    const violation = {
      promise: 'the drill ends',
      what: String(error).replaceAll(/\s*\n\s*/g, ' '),
      evidence: (error as Error).stack,
    };
    return failed('stuck', error instanceof Stuck ? error.diary : [], [violation]);
  }
}

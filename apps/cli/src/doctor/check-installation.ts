import type { Config } from '@keyferry/config';
import { errorCatalogue, laneOperations } from '@keyferry/core';
import { type Figures, openStore, readFigures, readLaneQuotas } from '@keyferry/store';
import { reasonOf } from './address.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

const answerWithinMs = 5_000;
const mostLanes = 10;

/** What Postgres says of the running installation: its workers, what is down, and the quotas in force. */
export async function checkInstallation(config: Config, databaseUrl: string): Promise<Finding[]> {
  const store = openStore({ url: databaseUrl, poolSize: 1, applicationName: 'keyferry doctor' });
  try {
    const figures = await readFigures(store, { mostLanes: 0, timeoutMs: answerWithinMs });
    const quotas = checkQuotas(config, await readLaneQuotas(store));
    return [checkWorkers(figures), checkCircuit(figures), checkPlans(figures), quotas];
  } catch (error) {
    return [fail('workers', `the database cannot be read: ${reasonOf(error)}`, 'See the result for Postgres.')];
  } finally {
    await store.close();
  }
}

function checkWorkers(figures: Figures): Finding {
  const { workers, workersLate, workersRefused, oldestHeartbeatSeconds, concurrency } = figures;
  if (workersRefused > 0) {
    const found = `CCKM refuses the login of ${workersRefused} of ${workers} live workers`;
    return warn('workers', found, errorCatalogue.cckm_login_refused.operatorAdvice);
  }
  if (workersLate > 0) {
    const found = `${workersLate} of ${workers} live workers sent no heartbeat for up to ${Math.round(oldestHeartbeatSeconds)} s`;
    return warn('workers', found, 'Check that their processes run and reach Postgres: keyferry status lists them.');
  }
  if (workers > 0) {
    const calls = `${concurrency} calls at once`;
    return ok('workers', workers === 1 ? `1 is alive, for ${calls}` : `${workers} are alive, for ${calls} together`);
  }
  return warn('workers', 'none alive: nothing is resolved or replicated', 'Start one: npm run worker.');
}

function checkCircuit({ cckm, cckmDown }: Figures): Finding {
  if (cckm === 'closed') return ok('circuit', 'the workers reach CCKM');
  if (cckmDown?.reason === 'cckm_login_refused') {
    const since = cckmDown.since.toISOString();
    return fail(
      'circuit',
      `CCKM refuses the login of the workers since ${since}`,
      errorCatalogue.cckm_login_refused.operatorAdvice,
    );
  }
  return warn(
    'circuit',
    'CCKM does not answer the workers: circuit open, probing',
    'See the result for cckm, on the host of a worker.',
  );
}

function checkPlans({ plans, replicas }: Figures): Finding {
  const halted = plans.get('halted') ?? 0;
  const found = `${plans.get('running') ?? 0} running, ${plans.get('resolving') ?? 0} resolving, ${halted} halted; ${replicas.pending} replicas pending`;
  if (halted === 0) return ok('plans', found);
  return warn('plans', found, 'See why: keyferry plan list --state halted; then plan resume or plan cancel.');
}

function checkQuotas({ quotas }: Config, own: ReadonlyMap<string, number>): Finding {
  const configured = laneOperations.map((operation) => `${operation} ${quotas.perSecond[operation]}`).join(', ');
  const used = `${Math.round(quotas.headroom * 100)} % of each used`;
  const lanes = [...own].slice(0, mostLanes).map(([lane, quota]) => `${lane} ${quota}`);
  const more = own.size > lanes.length ? [`and ${own.size - lanes.length} more`] : [];
  const exceptions =
    own.size === 0 ? 'no lane has its own quota' : `lanes with their own quota: ${[...lanes, ...more].join(', ')}`;
  return ok('quotas', `requests per second: ${configured}; ${used}; ${exceptions}`);
}

import { generateKeyPairSync } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { createKeyferryClient, type KeyferryClient } from '@keyferry/client';
import { type CoverageCheckView, closedDrillStates, type DrillView } from '@keyferry/core';
import { adminToken, runQuickKeyferry } from '../../harness/quick-keyferry.ts';
import { newAccount } from '../../harness/run-keyferry.ts';
import type { LedgerEntry, SimulatedKey } from '../../harness/simulator.ts';
import { until } from '../../harness/until.ts';
import { flush } from '../run/disturb.ts';
import type { Member } from '../run/evidence.ts';
import { patiently } from '../run/patiently.ts';
import { Stuck } from '../run/run-scenario.ts';
import { World } from '../run/world.ts';
import type { ChaosServers } from '../servers.ts';
import { type DrillScenario, regions, type StepId, steps } from './draw-drill.ts';

/** What is left of a drill when it is over, from itself and from those that it cannot talk into anything. */
export interface PlayedDrill {
  readonly scenario: DrillScenario;
  readonly drill: DrillView;
  readonly keys: readonly SimulatedKey[];
  /** Of the simulator's AWS. */
  readonly members: readonly Member[];
  readonly ledger: readonly LedgerEntry[];
  /** A check by proof after the drill, with nothing wrong any more. */
  readonly coverage: CoverageCheckView;
  readonly pack: Uint8Array;
  readonly publicKey: string;
  /** In which of its steps every process was killed. */
  readonly struck: ReadonlySet<StepId>;
  readonly fallen: readonly string[];
  readonly diary: readonly string[];
}

/** Runs one drill over all keys of an empty installation, and strikes in each of its steps. */
export async function playDrill(
  servers: ChaosServers,
  scenario: DrillScenario,
  withinMs: number,
): Promise<PlayedDrill> {
  await flush(servers.redis?.url);
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const keyferry = await runQuickKeyferry(
    { postgresUrl: servers.postgres.url, redisUrl: servers.redis?.url ?? null },
    {
      CCKM_CALL_TIMEOUT_MS: '1500',
      KEYFERRY_VERIFY_TIMEOUT_MS: '90000',
      KEYFERRY_QUOTA_UPDATE_PRIMARY_REGION: '20',
      KEYFERRY_SIGNING_KEY: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    },
    `drill ${scenario.seed}`,
  );
  try {
    await keyferry.startWorker();
    const world = new World(keyferry, servers);
    try {
      const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
      return { ...(await play(world, scenario, withinMs)), publicKey: pem, diary: world.diary };
    } catch (error) {
      throw new Stuck(error, world);
    }
  } finally {
    await keyferry.stop();
  }
}

async function play(
  world: World,
  scenario: DrillScenario,
  withinMs: number,
): Promise<Omit<PlayedDrill, 'publicKey' | 'diary'>> {
  const { client } = world;
  const { simulator } = world.keyferry;
  const account = newAccount();
  await simulator.control('PATCH', '/settings', scenario.settings);
  const keys: SimulatedKey[] = [];
  for (const group of scenario.groups) keys.push(...(await simulator.makeKeys({ ...group, account })));
  const approvers = await Promise.all(['anna', 'bert'].map((name) => approver(world, name)));

  world.begin();
  const runbook = {
    name: `chaos ${scenario.seed}`,
    scenario: 'Everything fails that can.',
    selector: { account },
    regions: Object.values(regions),
    steps,
  };
  const { id } = await client.request('POST /v1/drills', { body: runbook });
  const waiting = await until(
    'the drill awaits its approvals',
    () => patiently(() => client.request('GET /v1/drills/{id}', { id })),
    ({ state }) => state !== 'resolving',
    { withinMs },
  );
  await world.setFaults(scenario.faults);
  const { spec_sha256, scope_sha256 } = waiting;
  const decision = { spec_sha256, ...(scope_sha256 === null ? {} : { scope_sha256 }) };
  for (const one of approvers)
    await patiently(() => one.request('POST /v1/drills/{id}/approve', { id, body: decision }));

  const struck = new Set<StepId>();
  const drill = await until(
    'the drill has ended',
    async () => {
      const view = await patiently(() => client.request('GET /v1/drills/{id}', { id }));
      const now = steps.find((step) => step.id === view.current_step)?.id;
      if (now !== undefined && !struck.has(now) && stepOf(view, now)?.state === 'running') {
        struck.add(now);
        await strike(world, scenario, now);
      }
      return view;
    },
    ({ state, finished_at }) => closedDrillStates.includes(state) && finished_at !== null,
    { withinMs, everyMs: 25, tell: inShort },
  );
  world.note(`the drill has ${drill.state}`);
  await world.setFaults([]);
  await simulator.control('PATCH', '/settings', { laggingNodeMs: 0, staleMs: 0, promotionStaleMs: 0 });
  const fallen = world.fallen();
  return {
    scenario,
    drill,
    keys,
    members: await simulator.control<Member[]>('GET', '/keys'),
    ledger: await simulator.ledger(),
    coverage: await checkedCoverage(client, account, withinMs),
    pack: await evidenceOf(world, id),
    struck,
    fallen,
  };
}

/** Where a drill stands, for a report. */
export const inShort = ({ state, reason, steps: all, findings }: DrillView) => ({
  ...{ state, reason },
  steps: all
    .filter((step) => step.state !== 'pending')
    .map(({ id, state: of, error, detail, progress, plan_id, check_id }) => ({
      ...{ id, state: of, error, detail, progress, plan_id, check_id },
    })),
  findings: findings.map(({ code, message }) => `${code}: ${message}`),
});

const stepOf = (drill: DrillView, id: StepId) => drill.steps.find((step) => step.id === id);

/** Kills every process at once; what they depend on comes back first, as anywhere. */
async function strike(world: World, { strikes }: DrillScenario, step: StepId): Promise<void> {
  const { keyferry, servers, workers } = world;
  const { afterMs, forMs, postgres, redis } = strikes[step];
  await wait(afterMs);
  const down = [...(postgres ? [servers.postgres] : []), ...(redis && servers.redis ? [servers.redis] : [])];
  await Promise.all([
    world.kill(keyferry.api),
    ...workers.map((worker) => world.kill(worker)),
    ...down.map((server) => server.kill()),
  ]);
  world.note(
    `in step ${step} API, ${workers.length} workers${postgres ? ', Postgres' : ''}${redis && servers.redis ? ', Redis' : ''} are killed`,
  );
  await wait(forMs);
  await Promise.all(down.map((server) => server.restart()));
  await Promise.all([
    world.start(() => keyferry.startApi()),
    ...workers.map(async (_worker, i) => {
      workers[i] = await world.start(() => keyferry.startWorker());
    }),
  ]);
  world.note('all run again');
}

async function approver({ client, keyferry }: World, name: string): Promise<KeyferryClient> {
  const { token } = await client.request('POST /v1/tokens', { body: { name, role: 'approver' } });
  return createKeyferryClient({ url: keyferry.url, token, timeoutMs: 5_000 });
}

const authorization = { authorization: `Bearer ${adminToken}` };

async function checkedCoverage(client: KeyferryClient, account: string, withinMs: number): Promise<CoverageCheckView> {
  const policy = { name: 'afterwards', selector: { account }, regions: Object.values(regions) };
  const { id } = await client.request('POST /v1/coverage/checks', { body: policy, query: { proof: true } });
  return until(
    'coverage is checked',
    () => client.request('GET /v1/coverage/checks/{id}', { id }),
    ({ state }) => state === 'done' || state === 'failed',
    { withinMs },
  );
}

async function evidenceOf({ keyferry }: World, id: string): Promise<Uint8Array> {
  const response = await fetch(`${keyferry.url}/v1/drills/${id}/evidence`, { headers: authorization });
  if (!response.ok) throw new Error(`no evidence: ${response.status} ${await response.text()}`);
  return new Uint8Array(await response.arrayBuffer());
}

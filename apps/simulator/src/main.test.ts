import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { bareEnvironment } from '../../../test/harness/bare-environment.ts';
import { startForTest } from '../../../test/harness/start-simulation.ts';
import { inventorySchema } from './control/inventory.ts';

const inventory = fileURLToPath(new URL('../inventory/quickstart.json', import.meta.url));

it('says where it listens, serves the inventory that it was given, and ends cleanly on SIGTERM', async () => {
  const child = spawn(process.execPath, [fileURLToPath(new URL('main.ts', import.meta.url))], {
    env: { ...bareEnvironment, SIMULATOR_PORT: '0', SIMULATOR_INVENTORY: inventory },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(child.stdout, 'data');
  const { listening } = JSON.parse(String(line)) as { listening: string };
  const state = (await (await fetch(`${listening}/control/state`)).json()) as { keys: number };
  expect(state.keys).toBeGreaterThan(100);
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
});

it('has sixty keys in the quickstart that the example plan selects, eight of them with imported material', async () => {
  const given = inventorySchema.parse(JSON.parse(readFileSync(inventory, 'utf8')));
  const simulator = await startForTest({}, given);
  const { body } = await simulator.aws('GET', '/keys?limit=-1&multi_region_key_type=PRIMARY&tags=tier:1');
  await simulator.stop();
  const keys = body.resources as { aws_param: { Alias: string[]; Origin: string } }[];
  expect(keys).toHaveLength(60);
  expect(keys.every(({ aws_param }) => aws_param.Alias[0]?.startsWith('alias/prod-'))).toBe(true);
  expect(keys.filter(({ aws_param }) => aws_param.Origin === 'EXTERNAL')).toHaveLength(8);
});

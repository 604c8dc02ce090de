import { readFileSync } from 'node:fs';
import { startSimulator } from './start-simulator.ts';

/** `npm run simulator`: a simulated CipherTrust Manager, steered under /control. For trying out and tests only. */
const { SIMULATOR_PORT = '4401', SIMULATOR_SEED = 'keyferry', SIMULATOR_INVENTORY } = process.env;
const simulator = await startSimulator({
  port: Number(SIMULATOR_PORT),
  seed: SIMULATOR_SEED,
  inventory: SIMULATOR_INVENTORY ? JSON.parse(readFileSync(SIMULATOR_INVENTORY, 'utf8')) : {},
});
process.stdout.write(`${JSON.stringify({ listening: simulator.url })}\n`);

const stop = () => void simulator.stop().then(() => process.exit(0));
process.on('SIGTERM', stop);
process.on('SIGINT', stop);

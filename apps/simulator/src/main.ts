import { readFileSync } from 'node:fs';
import { startSimulator } from './start-simulator.ts';

/** `npm run simulator`: a simulated CipherTrust Manager, steered under /control. For trying out and tests only. */
const { SIMULATOR_PORT = '4401', SIMULATOR_SEED = 'keyferry', SIMULATOR_INVENTORY } = process.env;
const { SIMULATOR_HOST = '127.0.0.1', SIMULATOR_TLS_CERT_FILE: cert, SIMULATOR_TLS_KEY_FILE: key } = process.env;
const simulator = await startSimulator({
  host: SIMULATOR_HOST,
  port: Number(SIMULATOR_PORT),
  tls: cert && key ? { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') } : undefined,
  seed: SIMULATOR_SEED,
  inventory: SIMULATOR_INVENTORY ? JSON.parse(readFileSync(SIMULATOR_INVENTORY, 'utf8')) : {},
});
process.stdout.write(`${JSON.stringify({ listening: simulator.url })}\n`);

const stop = () => void simulator.stop().then(() => process.exit(0));
process.on('SIGTERM', stop);
process.on('SIGINT', stop);

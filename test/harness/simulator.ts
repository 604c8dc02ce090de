import { startService } from './child-process.ts';

export interface SimulatedKey {
  readonly id: string;
  readonly mrk: string;
  readonly arn: string;
  readonly alias: string | null;
}

export interface LedgerEntry {
  readonly seq: number;
  readonly at: number;
  readonly operation: string;
  readonly keyId: string | null;
  readonly mrk: string | null;
  readonly account: string | null;
  readonly primaryRegion: string | null;
  readonly region: string | null;
  readonly httpStatus: number | null;
  readonly awsError: string | null;
  readonly metered: boolean;
  readonly workDone: boolean;
  readonly durationMs: number | null;
  readonly fault: string | null;
  readonly path: string;
}

/** The simulator as a process of its own, steered over HTTP. */
export interface Simulator {
  readonly url: string;
  control<T>(method: string, path: string, body?: unknown): Promise<T>;
  makeKeys(group: Record<string, unknown>): Promise<SimulatedKey[]>;
  addFaults(...faults: Record<string, unknown>[]): Promise<unknown>;
  ledger(operation?: string): Promise<LedgerEntry[]>;
  stop(): Promise<unknown>;
}

export async function startSimulator(seed = 'behaviour'): Promise<Simulator> {
  const service = await startService(
    'simulator',
    'apps/simulator/src/main.ts',
    { SIMULATOR_PORT: '0', SIMULATOR_SEED: seed },
    /"listening":"([^"]+)"/,
  );
  const url = service.readyLine[1] ?? '';
  const control = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const response = await fetch(`${url}/control${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`simulator ${method} ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  };
  return {
    url,
    control,
    makeKeys: (group) => control('POST', '/keys', group),
    addFaults: (...faults) => control('POST', '/faults', faults),
    ledger: (operation) => control('GET', `/ledger${operation ? `?operation=${operation}` : ''}`),
    stop: () => service.stop(),
  };
}

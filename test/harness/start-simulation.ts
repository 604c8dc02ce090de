import { startSimulator } from '../../apps/simulator/src/start-simulator.ts';

interface Answered {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** What a test reads of a key. */
export interface SeenKey {
  readonly id: string;
  readonly region: string;
  readonly synced_at: string;
  readonly local_key_id: string;
  readonly aws_param: {
    readonly KeyID: string;
    readonly KeyState: string;
    readonly Alias: string[];
    readonly Tags: { TagKey: string; TagValue: string }[];
    readonly MultiRegionConfiguration: {
      readonly MultiRegionKeyType: string;
      readonly PrimaryKey: { Region: string };
      readonly ReplicaKeys: { Region: string }[];
    };
  };
}

export interface MadeKey {
  readonly id: string;
  readonly mrk: string;
  readonly arn: string;
  readonly alias: string | null;
}

/** A simulator with a clock that a test moves, and a login. */
export async function startForTest(settings: Record<string, unknown> = {}, inventory: Record<string, unknown> = {}) {
  let time = Date.parse('2026-01-01T00:00:00Z');
  const simulator = await startSimulator({ seed: 'test', inventory: { settings, ...inventory }, now: () => time });
  const call = async (method: string, path: string, body?: unknown, token?: string): Promise<Answered> => {
    const response = await fetch(`${simulator.url}${path}`, {
      method,
      headers: {
        'content-type': 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? {} : JSON.parse(text) };
  };
  const logIn = (body: unknown = { username: 'admin', password: 'keyferry-simulator' }) =>
    call('POST', '/api/v1/auth/tokens', body);
  let token = String((await logIn()).body.jwt);
  const aws = (method: string, path: string, body?: unknown) => call(method, `/api/v1/cckm/aws${path}`, body, token);
  return {
    ...simulator,
    call,
    logIn,
    /** Takes a fresh token for the calls to come. */
    renew: async () => {
      token = String((await logIn()).body.jwt);
    },
    aws,
    /** A GET whose answer need not be JSON. */
    raw: async (path: string) => {
      const url = `${simulator.url}/api/v1/cckm/aws${path}`;
      const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
      return { status: response.status, headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) };
    },
    control: (method: string, path: string, body?: unknown) => call(method, `/control${path}`, body),
    makeKeys: async (group: Record<string, unknown> = {}): Promise<MadeKey[]> =>
      (await call('POST', '/control/keys', group)).body as unknown as MadeKey[],
    makeKey: async (group: Record<string, unknown> = {}): Promise<MadeKey> => {
      const [key] = (await call('POST', '/control/keys', group)).body as unknown as MadeKey[];
      if (!key) throw new Error('no key was made');
      return key;
    },
    getKey: async (id: unknown): Promise<SeenKey> => (await aws('GET', `/keys/${id}`)).body as unknown as SeenKey,
    replicate: (id: string, region: string, rest: object = {}) =>
      aws('POST', `/keys/${id}/replicate-key`, { replica_region: region, ...rest }),
    pass: (ms: number) => {
      time += ms;
    },
  };
}

export type TestSimulator = Awaited<ReturnType<typeof startForTest>>;

import { createServer } from 'node:http';
import { arrayBuffer } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';

/**
 * A CCKM for benchmarks, as a process of its own: it answers in 20 ms, meters with AWS's one-second token buckets, and costs
 * so little CPU that what is measured is Keyferry. `LIGHT_CCKM` is JSON: `{ "accounts": 100, "keysEach": 10, "quotas": true }`.
 * With `"faults": true` a few calls are refused, fail, or lose their answer, evenly; the simulator is for all other faults.
 * `GET /stats` answers what it saw.
 */
const {
  accounts,
  keysEach,
  quotas,
  faults = false,
} = JSON.parse(process.env.LIGHT_CCKM ?? '{}') as {
  accounts: number;
  keysEach: number;
  quotas: boolean;
  faults?: boolean;
};
/** Every so many-th call: AWS refuses it, CCKM is not available, it makes the replica and its answer is lost. */
const every = { refused: 97, unavailable: 71, lost: 113 };
const answerAfterMs = 20;
const usableAfterMs = 300;
const primaryRegion = 'us-east-1';
const perSecond = { ReplicateKey: 5, CreateKey: 5 };

interface Member {
  readonly id: string;
  readonly mrk: string;
  readonly account: string;
  readonly region: string;
  readonly type: 'PRIMARY' | 'REPLICA';
  readonly readyAt: number;
}

const byId = new Map<string, Member>();
const bySet = new Map<string, Member[]>();
/** By Region, newest last. */
const byRegion = new Map<string, Member[]>();
const buckets = new Map<string, { tokens: number; at: number }>();
const seen = { replicate: 0, made: 0, throttled: 0, again: 0, lists: 0, counts: 0, gets: 0, firstAt: 0, lastAt: 0 };
/** Replicas made in each second since the first call. */
const madePerSecond: number[] = [];
let ids = 0;

function add(member: Omit<Member, 'id'>): Member {
  ids += 1;
  const made = { ...member, id: `00000000-0000-4000-8000-${String(ids).padStart(12, '0')}` };
  byId.set(made.id, made);
  bySet.set(made.mrk, [...(bySet.get(made.mrk) ?? []), made]);
  const there = byRegion.get(made.region);
  if (there) there.push(made);
  else byRegion.set(made.region, [made]);
  return made;
}

for (let account = 1; account <= accounts; account += 1) {
  for (let i = 0; i < keysEach; i += 1) {
    const mrk = `mrk-${(account * 100_000 + i).toString(16).padStart(32, '0')}`;
    add({ mrk, account: String(100_000_000_000 + account), region: primaryRegion, type: 'PRIMARY', readyAt: 0 });
  }
}

/** AWS's meter: one second's worth at the most, refilled evenly. */
function spend(account: string, region: string, operation: keyof typeof perSecond, cost: number): boolean {
  if (!quotas) return true;
  const id = `${account} ${region} ${operation}`;
  const now = performance.now();
  const bucket = buckets.get(id) ?? { tokens: perSecond[operation], at: now };
  bucket.tokens = Math.min(perSecond[operation], bucket.tokens + ((now - bucket.at) / 1_000) * perSecond[operation]);
  bucket.at = now;
  buckets.set(id, bucket);
  if (bucket.tokens < cost) return false;
  bucket.tokens -= cost;
  return true;
}

const arnOf = ({ region, account, mrk }: Member) => `arn:aws:kms:${region}:${account}:key/${mrk}`;

function view(member: Member) {
  const set = bySet.get(member.mrk) ?? [];
  const told = (one: Member) => ({ Arn: arnOf(one), Region: one.region });
  return {
    id: member.id,
    kms_id: `kms-${member.account}`,
    region: member.region,
    gone: false,
    cloud_name: 'aws',
    aws_param: {
      AWSAccountId: member.account,
      Arn: arnOf(member),
      KeyID: member.mrk,
      KeyState: member.readyAt <= Date.now() ? 'Enabled' : 'Creating',
      Enabled: member.readyAt <= Date.now(),
      Origin: 'AWS_KMS',
      MultiRegion: true,
      MultiRegionConfiguration: {
        MultiRegionKeyType: member.type,
        PrimaryKey: set[0] && told(set[0]),
        ReplicaKeys: set.slice(1).map(told),
      },
    },
  };
}

/** Status 0: the connection is cut. */
function replicate(id: string, region: string): { status: number; body: unknown } {
  seen.replicate += 1;
  const falls = (fault: keyof typeof every) => faults && seen.replicate % every[fault] === 0;
  if (falls('refused'))
    return refusal(400, 'NCERRBadRequest: Bad HTTP request', 'AccessDeniedException: User is not authorized.');
  if (falls('unavailable')) return refusal(503, 'NCERRServiceUnavailable: Service unavailable', 'try again');
  seen.firstAt ||= Date.now();
  const primary = byId.get(id);
  if (!primary) return refusal(404, 'NCERRResourceNotFound: Resource not found', 'no such key');
  if (bySet.get(primary.mrk)?.some((member) => member.region === region)) {
    seen.again += 1;
    return refusal(
      400,
      'NCERRBadRequest: Bad HTTP request',
      'AlreadyExistsException: You can create only one replica.',
    );
  }
  if (!spend(primary.account, primary.region, 'ReplicateKey', 1) || !spend(primary.account, region, 'CreateKey', 2)) {
    seen.throttled += 1;
    return refusal(400, 'NCERRBadRequest: Bad HTTP request', 'ThrottlingException: You have exceeded the rate.');
  }
  const { mrk, account } = primary;
  const made = add({ mrk, account, region, type: 'REPLICA', readyAt: Date.now() + usableAfterMs });
  seen.made += 1;
  seen.lastAt = Date.now();
  const second = Math.floor((seen.lastAt - seen.firstAt) / 1_000);
  madePerSecond[second] = (madePerSecond[second] ?? 0) + 1;
  return { status: falls('lost') ? 0 : 201, body: view(made) };
}

const refusal = (status: number, codeDesc: string, message: string) => ({
  status,
  body: { code: 15, codeDesc, message },
});

function list(query: URLSearchParams): { status: number; body: unknown } {
  // The inventory asks how many keys a container has in a Region, before there is a plan.
  if (query.get('kms_id') === null) seen.lists += 1;
  else seen.counts += 1;
  const [mrk, region, type] = [query.get('keyid'), query.get('region'), query.get('multi_region_key_type')];
  const from =
    mrk !== null ? (bySet.get(mrk) ?? []) : region !== null ? (byRegion.get(region) ?? []) : [...byId.values()];
  const matches = from.filter(
    (one) =>
      (region === null || one.region === region) && (type === null || one.type === type) && matchesKms(one, query),
  );
  if (query.get('sort')?.startsWith('-')) matches.reverse();
  const skip = Number(query.get('skip') ?? 0);
  const limit = Number(query.get('limit') ?? 10);
  const page = limit < 0 ? matches.slice(skip) : matches.slice(skip, skip + limit);
  return { status: 200, body: { skip, limit, total: matches.length, resources: page.map(view) } };
}

const matchesKms = ({ account }: Member, query: URLSearchParams) =>
  query.get('kms_id') === null || query.get('kms_id') === `kms-${account}`;

function containers() {
  const all = new Set([...byId.values()].map(({ account }) => account));
  const regions = [...new Set(process.env.LIGHT_REGIONS?.split(','))];
  const resources = [...all].map((account) => ({
    id: `kms-${account}`,
    name: account,
    account_id: account,
    regions: [primaryRegion, ...regions],
    status: 'active',
  }));
  return { status: 200, body: { skip: 0, limit: -1, total: resources.length, resources } };
}

function answer(method: string, url: URL, text: string): { status: number; body: unknown } {
  const [, id = '', action] = /^\/api\/v1\/cckm\/aws\/keys\/([^/]+)(?:\/([a-z-]+))?$/.exec(url.pathname) ?? [];
  if (url.pathname === '/stats') return { status: 200, body: { ...seen, madePerSecond } };
  if (url.pathname.startsWith('/api/v1/auth/'))
    return { status: 200, body: { jwt: 'x.y.z', duration: 300, refresh_token: 'r' } };
  if (url.pathname === '/api/v1/cckm/aws/kms') return containers();
  if (url.pathname === '/api/v1/cckm/aws/keys') return list(url.searchParams);
  if (method === 'POST' && action === 'replicate-key')
    return replicate(id, (JSON.parse(text) as { replica_region: string }).replica_region);
  const member = byId.get(id);
  if (method === 'GET' && action === undefined && member) {
    seen.gets += 1;
    return { status: 200, body: view(member) };
  }
  return refusal(404, 'NCERRResourceNotFound: Resource not found', url.pathname);
}

const server = createServer(async (request, response) => {
  const text = Buffer.from(await arrayBuffer(request)).toString();
  const url = new URL(request.url ?? '/', 'http://localhost');
  const { status, body } = answer(request.method ?? 'GET', url, text);
  if (url.pathname !== '/stats') await wait(answerAfterMs);
  if (status === 0) {
    request.destroy();
    return;
  }
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address !== null && typeof address === 'object')
    process.stdout.write(`{"listening":"http://127.0.0.1:${address.port}"}\n`);
});

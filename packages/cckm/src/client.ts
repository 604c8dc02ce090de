import type { CckmKey, ContainerAcl, MaterialRecord, MaterialSource, WantedReplica } from '@keyferry/core';
import { z } from 'zod';
import { CckmError } from './cckm-error.ts';
import type { HttpAnswer, HttpCall } from './http-exchange.ts';
import { type ListCall, type ListPage, ListReader, type RefusedParameters } from './list-reader.ts';
import { isAsFiltered } from './match-filter.ts';
import type { CckmClientOptions } from './options.ts';
import { parseKey, parseRotation } from './parse-key.ts';
import { ReadBudget, type ReadLimitNow, type ReadUrgency } from './read-budget.ts';
import { retryShortFaults } from './retry-short-faults.ts';
import { Session, userOf } from './session.ts';
import { parseSynchronization, type Synchronization } from './synchronization.ts';
import { inWholeSeconds } from './time-text.ts';
import { Transport } from './transport.ts';

/** What a call answered, with what the attempt log wants to know of it. */
export interface Answer<T> {
  readonly value: T;
  readonly httpStatus: number;
  readonly requestId: string | null;
}

/** CCKM's list filters, section 2.2 of the contract. */
export type KeyFilter = Readonly<Record<string, string | boolean>>;

/** A POST that must leave before a time (by Date.now()), or not at all: it then fails with `not_sent`. */
export interface SendWindow {
  readonly sendBefore?: number;
}

/** How long a 404 to a refresh is believed: an older CCKM has none, but the key may just have gone. */
const noRefreshMs = 5 * 60_000;

/** What the clients of one CipherTrust Manager in this process have in common. */
export interface Connection {
  readonly transport: Transport;
  readonly session: Session;
  readonly reads: ReadBudget;
  /** Until then CCKM is taken not to offer `refresh`; by Date.now(). */
  noRefreshUntil: number;
  /** What its version does not take, as lists have found out. */
  readonly refusedParameters: RefusedParameters;
}

export function openConnection(options: CckmClientOptions): Connection {
  const transport = new Transport(options);
  const session = new Session(transport, options);
  return { transport, session, reads: new ReadBudget(options.reads), noRefreshUntil: 0, refusedParameters: new Map() };
}

/**
 * The CipherTrust client. It knows HTTP, logins and CCKM's shapes, and nothing of plans. Reads share one budget and are
 * repeated over short faults; a POST that changes something is sent at once and once, and once more only after a 401, which
 * executes nothing. Every method throws CckmError.
 */
export class CckmClient {
  readonly #connection: Connection;
  readonly #urgency: ReadUrgency;
  readonly #lists: ListReader;

  constructor(connection: Connection, urgency: ReadUrgency = 'normal') {
    this.#connection = connection;
    this.#urgency = urgency;
    const { refusedParameters: refused } = connection;
    this.#lists = new ListReader((operation, path) => this.#read(operation, path), { refused });
  }

  /** Logs in unless that is done already. Throws what the login failed with. */
  async logIn(): Promise<void> {
    await this.#connection.session.token();
  }

  /** Who CCKM takes this client for, by its token: the user's id and groups. Throws what the login failed with. */
  async whoAmI(): Promise<{ id: string | null; groups: string[] }> {
    return userOf(await this.#connection.session.token());
  }

  /** The last login was refused, and the file that holds its secret has been changed since. */
  get hasNewSecret(): boolean {
    return this.#connection.session.hasNewSecret;
  }

  /** The same client, whose reads have another place among those that wait. */
  reading(urgency: ReadUrgency): CckmClient {
    return new CckmClient(this.#connection, urgency);
  }

  /** How fast reads may go now, and how many wait. */
  readLimit(): ReadLimitNow {
    return this.#connection.reads.now();
  }

  /** Sends no reads of the urgency `last` any more: they fail with `not_sent`. For a process that stops. */
  dropBulkReads(): void {
    this.#connection.reads.dropBulk();
  }

  /** Resolves when CCKM takes our login and answers a small read, asked once: whether it answers now is what counts. */
  async checkAnswers(): Promise<void> {
    await this.#authorized({ operation: 'probe', method: 'GET', path: '/v1/cckm/aws/keys?skip=0&limit=1' });
  }

  async getKey(id: string): Promise<Answer<CckmKey>> {
    return keyAnswer(await this.#read('get-key', `/v1/cckm/aws/keys/${encodeURIComponent(id)}`));
  }

  /** The key of a CCKM id, or null: a 404 of CCKM's own, not of a proxy, says that there is none. */
  async findById(id: string): Promise<Answer<CckmKey | null>> {
    try {
      return await this.getKey(id);
    } catch (error) {
      if (error instanceof CckmError && error.code === 'cckm_not_found') {
        return { value: null, httpStatus: 404, requestId: error.requestId };
      }
      throw error;
    }
  }

  /** The members of a multi-Region set that CCKM lists, all or those of one Region. */
  async findMembers(mrk: string, { region }: { region?: string } = {}): Promise<Answer<CckmKey[]>> {
    const members: CckmKey[] = [];
    let last: Answer<unknown> = { value: null, httpStatus: 200, requestId: null };
    for await (const page of this.eachKeyPage({ keyid: mrk, ...(region ? { region } : {}) }, { pageSize: 100 })) {
      last = page;
      // A server that ignores a filter must not make us adopt a stranger.
      members.push(...page.value.filter((key) => key.keyId === mrk && (region === undefined || key.region === region)));
    }
    return { ...last, value: members };
  }

  /** The keys that carry an alias (with its `alias/`), all or those of one Region. */
  async findByAlias(alias: string, { region }: { region?: string } = {}): Promise<Answer<CckmKey[]>> {
    const carriers: CckmKey[] = [];
    let last: Answer<unknown> = { value: null, httpStatus: 200, requestId: null };
    // Answers carry the prefix and requests do without it (contract, 2.3); which of the two the filter wants is not told.
    for (const name of [alias, alias.replace(/^alias\//, '')]) {
      const filter = { alias: name, ...(region ? { region } : {}) };
      for await (const page of this.eachKeyPage(filter, { pageSize: 100 })) {
        last = page;
        const named = page.value.filter((key) => key.aliases.includes(alias));
        carriers.push(...named.filter((key) => region === undefined || key.region === region));
      }
      if (carriers.length > 0) break;
    }
    return { ...last, value: carriers };
  }

  /**
   * How many keys there are, or a container has, in a Region or in all, in whatever state; null when the answer does not tell, or when the server
   * did not heed the filter.
   */
  async countKeys({ kmsId, region }: { kmsId?: string; region?: string } = {}): Promise<Answer<number | null>> {
    const query = {
      ...(kmsId === undefined ? {} : { kms_id: kmsId }),
      ...(region === undefined ? {} : { region }),
      gone: 'false',
    };
    const { items, total, leftOut, answer } = await this.#lists.page(keyList(query, 5), 0);
    const sample = items.flatMap((item) => parseKey(item) ?? []);
    const heeded =
      !leftOut.some((name) => name === 'region' || name === 'kms_id') &&
      sample.every(
        (key) =>
          (region === undefined || key.region === region) &&
          (kmsId === undefined || key.kmsId === null || key.kmsId === kmsId),
      );
    return { value: heeded ? total : null, httpStatus: answer.httpStatus, requestId: answer.requestId };
  }

  /**
   * Keys by filter, page by page, each key once, whatever a server does with `skip` and `limit`. A filter that this version
   * of CCKM does not take is applied here.
   */
  async *eachKeyPage(
    filter: KeyFilter,
    { pageSize, sort }: { pageSize: number; sort?: string },
  ): AsyncGenerator<Answer<CckmKey[]>> {
    const query = Object.fromEntries(Object.entries(filter).map(([name, value]) => [name, String(value)]));
    const pages = this.#lists.pages(keyList(query, pageSize, sort), parseKey, ({ id }) => id);
    for await (const { items, leftOut, answer } of pages) {
      const value = items.filter((key) => leftOut.every((name) => isAsFiltered(key, name, query[name])));
      yield { value, httpStatus: answer.httpStatus, requestId: answer.requestId };
    }
  }

  /**
   * Begins a replica: `id` is the CCKM id of the primary. The answer's Region, state and aliases are not to be trusted
   * (contract, section 7); read the replica back.
   */
  async replicateKey(
    id: string,
    { region, block, origin }: { region: string; block: WantedReplica; origin: string | null },
    window: SendWindow = {},
  ): Promise<Answer<{ id: string | null; arn: string | null }>> {
    const answer = await this.#change(
      'replicate-key',
      `/v1/cckm/aws/keys/${encodeURIComponent(id)}/replicate-key`,
      replicateBody(region, block, origin),
      window,
    );
    const key = parseKey(answer.json);
    if (key === null) throw unreadable(answer, 'CCKM accepted the call but did not return a key.');
    return { value: { id: key.id, arn: key.arn }, httpStatus: answer.httpStatus, requestId: answer.requestId };
  }

  /** Imports key material into an EXTERNAL replica: `id` is the CCKM id of the replica. */
  async importMaterial(id: string, source: MaterialSource, window: SendWindow = {}): Promise<Answer<null>> {
    const { httpStatus, requestId } = await this.#change(
      'import-material',
      `/v1/cckm/aws/keys/${encodeURIComponent(id)}/import-material`,
      {
        source_key_identifier: source.sourceKeyIdentifier,
        ...(source.sourceKeyTier === null ? {} : { source_key_tier: source.sourceKeyTier }),
        key_expiration: source.expiresAt !== null,
        ...(source.expiresAt === null ? {} : { valid_to: inWholeSeconds(source.expiresAt) ?? source.expiresAt }),
      },
      window,
    );
    return { value: null, httpStatus, requestId };
  }

  /**
   * Creates an alias (without its `alias/`) on a key: `id` is the CCKM id of the key. Fails with `alias_taken` where any key
   * of the account has it in the Region. Source: contract, section 2.8.
   */
  async addAlias(id: string, alias: string, window: SendWindow = {}): Promise<Answer<null>> {
    const path = `/v1/cckm/aws/keys/${encodeURIComponent(id)}/add-alias`;
    const { httpStatus, requestId } = await this.#change('add-alias', path, { alias }, window);
    return { value: null, httpStatus, requestId };
  }

  /**
   * Begins to make `region` the primary's Region of a set: `id` is the CCKM id of the present primary. The answer says that
   * KMS has begun; read the members back.
   */
  async updatePrimaryRegion(id: string, region: string, window: SendWindow = {}): Promise<Answer<null>> {
    const path = `/v1/cckm/aws/keys/${encodeURIComponent(id)}/update-primary-region`;
    const { httpStatus, requestId } = await this.#change(
      'update-primary-region',
      path,
      { PrimaryRegion: region },
      window,
    );
    return { value: null, httpStatus, requestId };
  }

  /**
   * Has CCKM read a key from AWS anew, soon. False where it offers no such thing (before version 2.22), which is asked once:
   * `id` is of a key that CCKM lists, so that a 404 means the call itself.
   */
  async refreshKey(id: string): Promise<boolean> {
    const { reads } = this.#connection;
    if (Date.now() < this.#connection.noRefreshUntil) return false;
    const path = `/v1/cckm/aws/keys/${encodeURIComponent(id)}/refresh`;
    try {
      // For AWS it is a read, and as many are asked for.
      await reads.run(this.#urgency, 'refresh', () => this.#change('refresh', path, {}, {}));
      return true;
    } catch (error) {
      if (!(error instanceof CckmError) || ![404, 405].includes(error.httpStatus ?? 0)) throw error;
      this.#connection.noRefreshUntil = Date.now() + noRefreshMs;
      return false;
    }
  }

  /** What CCKM knows of a key's imports, newest first. */
  async listRotations(id: string): Promise<Answer<MaterialRecord[]>> {
    const path = `/v1/cckm/aws/keys/${encodeURIComponent(id)}/rotations`;
    const call = { operation: 'list-rotations', path, query: {}, limit: -1, sort: '-RotationDate', ofOneKey: true };
    return this.#readAll(call, parseRotation);
  }

  /** The account containers: which accounts and Regions CCKM manages. */
  listKmsContainers(): Promise<Answer<KmsContainer[]>> {
    const call = { operation: 'list-kms', path: '/v1/cckm/aws/kms', query: {}, limit: -1 };
    return this.#readAll(call, (item) => kmsObject.safeParse(item).data ?? null);
  }

  /** The version of the CipherTrust Manager; null when its answer does not tell. */
  async readVersion(): Promise<Answer<string | null>> {
    const { json, httpStatus, requestId } = await this.#read('system-info', '/v1/system/info');
    const version = z.looseObject({ version: z.string() }).safeParse(json).data?.version ?? null;
    return { value: version, httpStatus, requestId };
  }

  /** Starts reading what AWS has in these containers and Regions; answers the job as far as it has come. */
  async startSynchronization(kmsIds: readonly string[], regions: readonly string[]): Promise<Answer<Synchronization>> {
    const answer = await this.#change('synchronize', synchronizationsPath, { kms: kmsIds, regions }, {});
    return { value: parseSynchronization(answer.json), httpStatus: answer.httpStatus, requestId: answer.requestId };
  }

  /** How far a synchronisation has come. */
  async readSynchronization(id: string): Promise<Answer<Synchronization>> {
    const answer = await this.#read('get-synchronization', `${synchronizationsPath}/${encodeURIComponent(id)}`);
    return { value: parseSynchronization(answer.json), httpStatus: answer.httpStatus, requestId: answer.requestId };
  }

  /** Gives our session back and ends all connections. */
  async close(): Promise<void> {
    await this.#connection.session.close();
    await this.#connection.transport.close();
  }

  async #readAll<T>(call: ListCall, read: (item: unknown) => T | null): Promise<Answer<T[]>> {
    const readWhole = (item: unknown) => {
      const value = read(item);
      return value === null ? null : { item, value };
    };
    const value: T[] = [];
    let last: ListPage['answer'] | null = null;
    for await (const { items, answer } of this.#lists.pages(call, readWhole, identityOf)) {
      value.push(...items.map((one) => one.value));
      last = answer;
    }
    return { value, httpStatus: last?.httpStatus ?? 200, requestId: last?.requestId ?? null };
  }

  #read(operation: string, path: string): Promise<HttpAnswer> {
    const { reads } = this.#connection;
    const kind = `${operation} ${/[?&]limit=(-?\d+)/.exec(path)?.[1] ?? ''}`;
    return retryShortFaults((resends) =>
      reads.run(this.#urgency, kind, () => this.#authorized({ operation, method: 'GET', path, resends })),
    );
  }

  #change(operation: string, path: string, body: unknown, { sendBefore }: SendWindow): Promise<HttpAnswer> {
    return this.#authorized({ operation, method: 'POST', path, body, sendBefore });
  }

  /** Sends with a good token; once more after a 401, since that means that nothing was executed. */
  async #authorized(call: HttpCall): Promise<HttpAnswer> {
    const { session, transport } = this.#connection;
    const first = await session.token();
    try {
      return await transport.exchange({ ...call, token: first });
    } catch (error) {
      if (!(error instanceof CckmError) || error.httpStatus !== 401) throw error;
      session.refuse(first);
    }
    const second = await session.token();
    try {
      return await transport.exchange({ ...call, token: second, resends: (call.resends ?? 0) + 1 });
    } catch (error) {
      if (error instanceof CckmError && error.httpStatus === 401) session.startOver(second);
      throw error;
    }
  }
}

export interface KmsContainer {
  readonly id: string;
  readonly name: string | null;
  readonly account: string | null;
  readonly regions: readonly string[];
  /** An archived container is out of use. */
  readonly archived: boolean;
  /** What users and groups may do with its keys; empty where CCKM does not say. */
  readonly acls: readonly ContainerAcl[];
}

const aclObject = z
  .looseObject({
    user_id: z.string().nullish().catch(null),
    group: z.string().nullish().catch(null),
    actions: z.array(z.string()).nullish().catch(null),
  })
  .transform(({ user_id, group, actions }): ContainerAcl => {
    return { userId: user_id ?? null, group: group ?? null, actions: actions ?? [] };
  });

const kmsObject = z
  .looseObject({
    id: z.string(),
    name: z.string().nullish().catch(null),
    account_id: z
      .union([z.string(), z.number().transform(String)])
      .nullish()
      .catch(null),
    regions: z.array(z.string()).nullish().catch(null),
    status: z.string().nullish().catch(null),
    acls: z.array(aclObject).nullish().catch(null),
  })
  .transform(({ id, name, account_id, regions, status, acls }): KmsContainer => {
    const archived = status?.toLowerCase() === 'archived';
    return { id, name: name ?? null, account: account_id ?? null, regions: regions ?? [], archived, acls: acls ?? [] };
  });

const synchronizationsPath = '/v1/cckm/aws/synchronization-jobs';

function keyList(query: Readonly<Record<string, string>>, limit: number, sort?: string): ListCall {
  return { operation: 'list-keys', path: '/v1/cckm/aws/keys', query, limit, sort };
}

/** What tells an item from the others: its id, else all of it. */
function identityOf({ item }: { readonly item: unknown }): string {
  return z.looseObject({ id: z.string().min(1) }).safeParse(item).data?.id ?? JSON.stringify(item);
}

/** The body of replicate-key: what the plan says, without what is empty, and the origin as Thales' own client sends it. */
function replicateBody(region: string, block: WantedReplica, origin: string | null): Record<string, unknown> {
  const { aws_param, same_as_primary: _resolved, more_aliases: _later, ...rest } = block;
  const params = withoutEmpty({ ...(origin === null ? {} : { Origin: origin }), ...aws_param });
  return {
    replica_region: region,
    ...(Object.keys(params).length > 0 ? { aws_param: params } : {}),
    ...withoutEmpty(rest),
  };
}

function withoutEmpty(fields: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).filter(
      ([, value]) =>
        value !== undefined && !(typeof value === 'object' && value !== null && Object.keys(value).length === 0),
    ),
  );
}

function keyAnswer(answer: HttpAnswer): Answer<CckmKey> {
  const key = parseKey(answer.json);
  if (key === null) throw unreadable(answer, 'CCKM returned something that is not a key.');
  return { value: key, httpStatus: answer.httpStatus, requestId: answer.requestId };
}

function unreadable({ httpStatus, requestId }: HttpAnswer, message: string): CckmError {
  return new CckmError({ code: 'unreadable_answer', message, mayHaveLanded: true, httpStatus, requestId });
}

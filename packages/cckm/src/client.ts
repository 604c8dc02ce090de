import type { CckmKey, MaterialRecord, MaterialSource, ReplicaBlock } from '@keyferry/core';
import { z } from 'zod';
import { CckmError } from './cckm-error.ts';
import type { CckmClientOptions } from './options.ts';
import { parseKey, parseList, parseRotation } from './parse-key.ts';
import { retryShortFaults } from './retry-short-faults.ts';
import { Session } from './session.ts';
import { type HttpAnswer, type HttpCall, Transport } from './transport.ts';

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

const maxPages = 10_000;
/** How long a 404 to a refresh is believed: an older CCKM has none, but the key may just have gone. */
const noRefreshMs = 5 * 60_000;

/**
 * The CipherTrust client. It knows HTTP, logins and CCKM's shapes, and nothing of plans. Reads are repeated over short
 * faults; a POST that changes something is sent once, and once more only after a 401, which executes nothing. Every
 * method throws CckmError.
 */
export class CckmClient {
  readonly #transport: Transport;
  readonly #session: Session;
  /** Until then CCKM is taken not to offer `refresh`; by Date.now(). */
  #noRefreshUntil = 0;

  constructor(options: CckmClientOptions) {
    this.#transport = new Transport(options);
    this.#session = new Session(this.#transport, options);
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
    const query = new URLSearchParams({
      ...(kmsId === undefined ? {} : { kms_id: kmsId }),
      ...(region === undefined ? {} : { region }),
      gone: 'false',
      skip: '0',
      limit: '5',
    });
    const answer = await this.#read('list-keys', `/v1/cckm/aws/keys?${query}`);
    const list = parseList(answer.json);
    if (list === null) throw unreadable(answer, 'CCKM answered the list of keys with something else.');
    const sample = list.items.flatMap((item) => parseKey(item) ?? []);
    const heeded = sample.every(
      (key) =>
        (region === undefined || key.region === region) &&
        (kmsId === undefined || key.kmsId === null || key.kmsId === kmsId),
    );
    return { value: heeded ? list.total : null, httpStatus: answer.httpStatus, requestId: answer.requestId };
  }

  /**
   * Keys by filter, page by page, each key once. Ends at the total that CCKM tells, at an empty page, or at one with
   * nothing new on it, whatever a server does with `skip` and `limit`.
   */
  async *eachKeyPage(
    filter: KeyFilter,
    { pageSize, sort }: { pageSize: number; sort?: string },
  ): AsyncGenerator<Answer<CckmKey[]>> {
    const seen = new Set<string>();
    let skip = 0;
    for (let pages = 0; pages < maxPages; pages += 1) {
      const query = new URLSearchParams({
        ...Object.fromEntries(Object.entries(filter).map(([name, value]) => [name, String(value)])),
        skip: String(skip),
        limit: String(pageSize),
        ...(sort === undefined ? {} : { sort }),
      });
      const answer = await this.#read('list-keys', `/v1/cckm/aws/keys?${query}`);
      const list = parseList(answer.json);
      if (list === null) throw unreadable(answer, 'CCKM answered the list of keys with something else.');
      const fresh = list.items.flatMap((item) => parseKey(item) ?? []).filter((key) => !seen.has(key.id));
      for (const key of fresh) seen.add(key.id);
      yield { value: fresh, httpStatus: answer.httpStatus, requestId: answer.requestId };
      skip += list.items.length;
      if (fresh.length === 0 || (list.total !== null ? skip >= list.total : list.items.length < pageSize)) return;
    }
  }

  /**
   * Begins a replica: `id` is the CCKM id of the primary. The answer's Region, state and aliases are not to be trusted
   * (contract, section 7); read the replica back.
   */
  async replicateKey(
    id: string,
    { region, block, origin }: { region: string; block: ReplicaBlock; origin: string | null },
    window: SendWindow = {},
  ): Promise<Answer<{ id: string | null; arn: string | null }>> {
    const answer = await this.#change(
      'replicate-key',
      `/v1/cckm/aws/keys/${encodeURIComponent(id)}/replicate-key`,
      replicateBody(region, block, origin),
      window,
    );
    const key = parseKey(answer.json);
    if (key === null) throw unreadable(answer, 'CCKM took the call but did not answer with a key.');
    return { value: { id: key.id, arn: key.arn }, httpStatus: answer.httpStatus, requestId: answer.requestId };
  }

  /** Imports key material into an EXTERNAL replica: `id` is the CCKM id of the replica. */
  async importMaterial(id: string, source: MaterialSource, window: SendWindow = {}): Promise<Answer<null>> {
    const { httpStatus, requestId } = await this.#change(
      'import-material',
      `/v1/cckm/aws/keys/${encodeURIComponent(id)}/import-material`,
      {
        source_key_identifier: source.sourceKeyIdentifier,
        source_key_tier: source.sourceKeyTier,
        key_expiration: source.expiresAt !== null,
        ...(source.expiresAt === null ? {} : { valid_to: source.expiresAt }),
      },
      window,
    );
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
    if (Date.now() < this.#noRefreshUntil) return false;
    try {
      await this.#change('refresh', `/v1/cckm/aws/keys/${encodeURIComponent(id)}/refresh`, {}, {});
      return true;
    } catch (error) {
      if (!(error instanceof CckmError) || ![404, 405].includes(error.httpStatus ?? 0)) throw error;
      this.#noRefreshUntil = Date.now() + noRefreshMs;
      return false;
    }
  }

  /** What CCKM knows of a key's imports, newest first. */
  async listRotations(id: string): Promise<Answer<MaterialRecord[]>> {
    const answer = await this.#read(
      'list-rotations',
      `/v1/cckm/aws/keys/${encodeURIComponent(id)}/rotations?skip=0&limit=-1&sort=-RotationDate`,
    );
    const list = parseList(answer.json);
    if (list === null) throw unreadable(answer, 'CCKM answered the rotations with something else.');
    return {
      value: list.items.flatMap((item) => parseRotation(item) ?? []),
      httpStatus: answer.httpStatus,
      requestId: answer.requestId,
    };
  }

  /** The account containers: which accounts and Regions CCKM manages. */
  async listKmsContainers(): Promise<Answer<KmsContainer[]>> {
    const answer = await this.#read('list-kms', '/v1/cckm/aws/kms?skip=0&limit=-1');
    const list = parseList(answer.json);
    if (list === null) throw unreadable(answer, 'CCKM answered the KMS containers with something else.');
    return {
      value: list.items.flatMap((item) => kmsObject.safeParse(item).data ?? []),
      httpStatus: answer.httpStatus,
      requestId: answer.requestId,
    };
  }

  /** The version of the CipherTrust Manager; null when its answer does not tell. */
  async readVersion(): Promise<Answer<string | null>> {
    const { json, httpStatus, requestId } = await this.#read('system-info', '/v1/system/info');
    const version = z.looseObject({ version: z.string() }).safeParse(json).data?.version ?? null;
    return { value: version, httpStatus, requestId };
  }

  /** Starts reading what AWS has in these containers and Regions; answers the id of the synchronisation. */
  async startSynchronization(kmsIds: readonly string[], regions: readonly string[]): Promise<Answer<string | null>> {
    const answer = await this.#change('synchronize', '/v1/cckm/aws/synchronization-jobs', { kms: kmsIds, regions }, {});
    const id = z.looseObject({ id: z.string() }).safeParse(answer.json).data?.id ?? null;
    return { value: id, httpStatus: answer.httpStatus, requestId: answer.requestId };
  }

  /** Gives our session back and ends all connections. */
  async close(): Promise<void> {
    await this.#session.close();
    await this.#transport.close();
  }

  #read(operation: string, path: string): Promise<HttpAnswer> {
    return retryShortFaults((resends) => this.#authorized({ operation, method: 'GET', path, resends }));
  }

  #change(operation: string, path: string, body: unknown, { sendBefore }: SendWindow): Promise<HttpAnswer> {
    return this.#authorized({ operation, method: 'POST', path, body, sendBefore });
  }

  /** Sends with a good token; once more after a 401, since that means that nothing was executed. */
  async #authorized(call: HttpCall): Promise<HttpAnswer> {
    const first = await this.#session.token();
    try {
      return await this.#transport.exchange({ ...call, token: first });
    } catch (error) {
      if (!(error instanceof CckmError) || error.httpStatus !== 401) throw error;
      this.#session.refuse(first);
    }
    const second = await this.#session.token();
    try {
      return await this.#transport.exchange({ ...call, token: second, resends: (call.resends ?? 0) + 1 });
    } catch (error) {
      if (error instanceof CckmError && error.httpStatus === 401) this.#session.startOver(second);
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
}

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
  })
  .transform(({ id, name, account_id, regions, status }): KmsContainer => {
    const archived = status?.toLowerCase() === 'archived';
    return { id, name: name ?? null, account: account_id ?? null, regions: regions ?? [], archived };
  });

/** The body of replicate-key: what the plan says, without what is empty, and the origin as Thales' own client sends it. */
function replicateBody(region: string, block: ReplicaBlock, origin: string | null): Record<string, unknown> {
  const { aws_param, ...rest } = block;
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
  if (key === null) throw unreadable(answer, 'CCKM answered with something that is not a key.');
  return { value: key, httpStatus: answer.httpStatus, requestId: answer.requestId };
}

function unreadable({ httpStatus, requestId }: HttpAnswer, message: string): CckmError {
  return new CckmError({ code: 'unreadable_answer', message, mayHaveLanded: true, httpStatus, requestId });
}

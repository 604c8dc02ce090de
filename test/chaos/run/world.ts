import { setTimeout as wait } from 'node:timers/promises';
import { createKeyferryClient, type KeyferryClient } from '@keyferry/client';
import type { Service } from '../../harness/child-process.ts';
import { adminToken } from '../../harness/quick-keyferry.ts';
import type { Keyferry } from '../../harness/run-keyferry.ts';
import type { Fault } from '../scenario/draw-lies.ts';
import type { ChaosServers } from '../servers.ts';

/** A running Keyferry with everything that can be done to it, and a diary of what was. */
export class World {
  readonly keyferry: Keyferry;
  readonly servers: ChaosServers;
  readonly client: KeyferryClient;
  /** Each holds the worker that was last started in its place. */
  readonly workers: Service[];
  readonly diary: string[] = [];
  /** Keys whose primary may become another: each with the Region of a replica that is there from the start. */
  readonly movable: { readonly mrk: string; readonly region: string }[] = [];
  readonly #services = new Set<Service>();
  readonly #ended = new Set<Service>();
  readonly #turns = new Map<string, Promise<unknown>>();
  #faults: readonly Fault[] = [];
  #startedAt = Date.now();

  constructor(keyferry: Keyferry, servers: ChaosServers) {
    this.keyferry = keyferry;
    this.servers = servers;
    this.client = createKeyferryClient({ url: keyferry.url, token: adminToken, timeoutMs: 5_000 });
    this.workers = [...keyferry.workers];
    for (const service of [keyferry.api, ...keyferry.workers]) this.#services.add(service);
  }

  begin(): void {
    this.#startedAt = Date.now();
  }

  note(what: string): void {
    this.diary.push(`${String(Date.now() - this.#startedAt).padStart(6)} ms  ${what}`);
  }

  /** Waits for a time of the scenario, milliseconds after its start. */
  async timeIs(at: number): Promise<void> {
    await wait(Math.max(0, this.#startedAt + at - Date.now()));
  }

  /** One thing after the other is done to one target. */
  inTurn<T>(target: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.#turns.get(target) ?? Promise.resolve()).then(work);
    this.#turns.set(
      target,
      turn.catch(() => undefined),
    );
    return turn;
  }

  async kill(service: Service): Promise<void> {
    this.#ended.add(service);
    await service.kill();
  }

  /** Starts again and again until it stays, as whatever supervises a service does. */
  async start(start: () => Promise<Service>): Promise<Service> {
    for (let tries = 1; ; tries += 1) {
      try {
        const service = await start();
        this.#services.add(service);
        return service;
      } catch (error) {
        if (tries === 60) throw error;
        this.note(`a start failed: ${String(error).trim().split('\n').at(-1)?.slice(0, 200)}`);
        await wait(250);
      }
    }
  }

  async setFaults(faults: readonly Fault[]): Promise<void> {
    this.#faults = faults;
    await this.keyferry.simulator.control('PUT', '/faults', faults);
  }

  /** Puts a fault before the others while `work` runs. */
  async withFault(fault: Fault, work: () => Promise<void>): Promise<void> {
    await this.setFaults([fault, ...this.#faults]);
    await work();
    await this.setFaults(this.#faults.filter((one) => one !== fault));
  }

  /** What has ended although nobody had ended it. */
  fallen(): string[] {
    return [...this.#services]
      .filter((service) => !service.running && !this.#ended.has(service))
      .map((service) => `${service.name} ${service.pid}: ${service.output().slice(-2_000)}`);
  }
}

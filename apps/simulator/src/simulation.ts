import { Templates } from './cckm/templates.ts';
import { Tokens } from './cckm/tokens.ts';
import { Faults } from './control/faults.ts';
import { type Inventory, inventorySchema, makeKeys } from './control/inventory.ts';
import { Ledger } from './control/ledger.ts';
import { Kms } from './kms/kms.ts';
import { type SeededRandom, seededRandom } from './kms/seeded-random.ts';
import { patchSettings, type Settings, settingsSchema } from './settings.ts';

export type Outage = 'off' | '503' | 'drop' | 'hang' | 'login';

/** All that one simulator is: AWS, CipherTrust, the faults that are set, and what was called. */
export class Simulation {
  settings: Settings;
  outage: Outage = 'off';
  readonly random: SeededRandom;
  readonly kms: Kms;
  readonly tokens: Tokens;
  readonly templates: Templates;
  readonly faults: Faults;
  readonly ledger = new Ledger();
  /** Synchronisations by id: when each is done, and for which accounts and Regions. */
  readonly synchronizations = new Map<string, { doneAt: number; kms: string[]; regions: string[] }>();
  readonly now: () => number;
  readonly #inventory: Inventory;
  #reads = 0;

  constructor(options: { seed?: string; inventory?: unknown; now?: () => number } = {}) {
    this.#inventory = inventorySchema.parse(options.inventory ?? {});
    this.now = options.now ?? Date.now;
    this.settings = patchSettings(settingsSchema.parse({}), this.#inventory.settings);
    this.random = seededRandom(options.seed ?? 'keyferry');
    const settings = () => this.settings;
    this.kms = new Kms(settings, this.random, this.now);
    this.tokens = new Tokens(settings, this.random, this.now);
    this.templates = new Templates(settings);
    this.faults = new Faults(this.random);
    this.#fill();
  }

  /** Reads keys on the cluster node whose turn it is. */
  onSomeNode<T>(read: () => T): T {
    this.#reads += 1;
    return this.kms.asOf(this.#reads % 2 === 0 ? 0 : this.settings.laggingNodeMs, read);
  }

  /** Everything as it was at the start: the same keys with the same ids, no faults, no logins, an empty ledger. */
  reset(): void {
    this.settings = patchSettings(settingsSchema.parse({}), this.#inventory.settings);
    this.outage = 'off';
    this.#reads = 0;
    this.random.restart();
    this.kms.clear();
    this.tokens.clear();
    this.templates.clear();
    this.faults.replace([]);
    this.ledger.clear();
    this.synchronizations.clear();
    this.#fill();
  }

  #fill(): void {
    for (const group of this.#inventory.keys) makeKeys(this.kms, group);
  }
}

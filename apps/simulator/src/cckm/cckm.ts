import type { Kms } from '../kms/kms.ts';
import type { KmsKey } from '../kms/kms-key.ts';
import type { SeededRandom } from '../seeded-random.ts';
import type { Settings } from '../settings.ts';
import type { KeyRecord } from './key-record.ts';
import { type KmsContainer, KmsContainers } from './kms-containers.ts';
import { nobody, type Principals } from './key-record.ts';
import { RecordStore } from './record-store.ts';
import type { PolicyTemplate } from './templates.ts';
import type { SynchronizationJob } from './synchronize.ts';

/** CipherTrust's Cloud Key Manager: its records over what AWS knows, and in what it lags behind AWS. */
export class Cckm {
  readonly kms: Kms;
  readonly ids: SeededRandom;
  readonly chance: SeededRandom;
  readonly containers: KmsContainers;
  readonly records = new RecordStore();
  readonly templates = new Map<string, PolicyTemplate>();
  readonly jobs = new Map<string, SynchronizationJob>();
  /** Keys that AWS knows and CCKM does not. */
  readonly unlisted = new Set<KmsKey>();
  /** ARN → when the other members' records begin to list this replica. Not in here: they do. */
  readonly listedBySiblingsFrom = new Map<string, number>();
  /** Key id → a promotion that the records do not show yet. */
  readonly promotions = new Map<string, { previousRegion: string; doneAt: number; knownAt: number }>();
  /** `account|region` → when it was last synchronised. */
  readonly synchronizedAt = new Map<string, number>();

  constructor(kms: Kms, random: SeededRandom) {
    this.kms = kms;
    this.ids = random.fork('cckm-ids');
    this.chance = random.fork('cckm-chance');
    this.containers = new KmsContainers(random.fork('kms-containers'));
  }

  get settings(): Settings {
    return this.kms.settings();
  }

  now(): number {
    return this.kms.timeline.now();
  }

  /** Gives a key its record. */
  addRecord(
    key: KmsKey,
    container: KmsContainer,
    more: { principals?: Principals; falseEnabled?: KeyRecord['falseEnabled']; stale?: boolean; gone?: boolean } = {},
  ): KeyRecord {
    const now = this.now();
    const record: KeyRecord = {
      id: this.ids.uuid(),
      key,
      container,
      createdAt: now,
      updatedAt: now,
      refreshedAt: 0,
      visibleFrom: more.stale ? now + this.settings.timings.cluster_stale_ms : 0,
      falseEnabled: more.falseEnabled ?? null,
      gone: more.gone ?? false,
      principals: more.principals ?? nobody,
      lastImport: key.material ? { status: 'success', error: '', at: now } : null,
    };
    this.records.add(record);
    this.unlisted.delete(key);
    return record;
  }

  /** Whether a read sees the record: in a cluster, one that reaches another node may not yet. */
  sees(record: KeyRecord): boolean {
    if (record.visibleFrom <= this.now()) return true;
    const { cluster_stale_share: share } = this.settings.timings;
    return share < 1 && this.chance.next() >= share;
  }

  /** When CCKM last asked AWS about this key. */
  askedAt(record: KeyRecord): number {
    const { account, region } = record.key;
    return Math.max(record.refreshedAt, this.synchronizedAt.get(`${account}|${region}`) ?? 0);
  }
}

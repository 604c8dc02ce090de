import type { Dice } from './dice.ts';

export const targets = ['us-west-2', 'eu-west-1', 'ap-southeast-2'] as const;

/** A text that Postgres cannot store as it is: NUL, and half of a surrogate pair. */
export const hostileText = 'no answer\u0000 from \ud83d kms';

/** What a scenario's keys are like; each group is made by one call to the simulator. */
export interface KeyGroup {
  readonly count: number;
  readonly account: string;
  readonly region: string;
  readonly origin: 'AWS_KMS' | 'EXTERNAL';
  readonly state: 'Enabled' | 'Disabled';
  /** As CCKM tells it, which may be nothing that Postgres stores. */
  readonly description: string;
  readonly replicas: readonly { readonly region: string; readonly state: string; readonly listed: boolean }[];
}

/** Two accounts and two primary Regions at most, so that plans meet in the same lanes. */
export function drawKeys(dice: Dice): KeyGroup[] {
  const accounts = dice.chance(0.4) ? ['111122223333', '444455556666'] : ['111122223333'];
  const group = (count: number, more: Partial<KeyGroup> = {}): KeyGroup => ({
    count,
    account: dice.pick(accounts),
    region: dice.chance(0.8) ? 'us-east-1' : 'eu-central-1',
    origin: 'AWS_KMS',
    state: 'Enabled',
    description: dice.chance(0.2) ? hostileText : '',
    replicas: [],
    ...more,
  });
  const there = (state: string, listed: boolean) => [{ region: dice.pick(targets), state, listed }];
  return [
    group(dice.between(12, 16)),
    group(dice.between(4, 7)),
    group(dice.between(3, 8), { origin: 'EXTERNAL' }),
    group(dice.between(1, 2), { state: 'Disabled' }),
    group(dice.between(1, 3), { replicas: there('Enabled', true) }),
    ...(dice.chance(0.7) ? [group(dice.between(1, 2), { replicas: there('Enabled', false) })] : []),
    ...(dice.chance(0.7) ? [group(1, { replicas: there('PendingDeletion', dice.chance(0.7)) })] : []),
    ...(dice.chance(0.5) ? [group(1, { origin: 'EXTERNAL', replicas: there('PendingImport', dice.chance(0.7)) })] : []),
  ];
}

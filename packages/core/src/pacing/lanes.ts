import type { PlanOperation } from '../plan/life.ts';
import { regions } from '../regions/regions.ts';

/**
 * What AWS meters: one account, one Region, one operation. A `ReplicateKey` counts once in the primary key's Region and
 * as two `CreateKey` in the replica's (one is a dry run); an import takes a token and then sends the material.
 * Source: https://docs.aws.amazon.com/kms/latest/developerguide/requests-per-second.html
 */
export const laneOperations = [
  'ReplicateKey',
  'CreateKey',
  'CreateAlias',
  'GetParametersForImport',
  'ImportKeyMaterial',
  'UpdatePrimaryRegion',
] as const;

export type LaneOperation = (typeof laneOperations)[number];

/** AWS's default quotas, requests a second per account and Region. */
export const defaultQuotas: Readonly<Record<LaneOperation, number>> = {
  ReplicateKey: 5,
  CreateKey: 5,
  CreateAlias: 5,
  GetParametersForImport: 1,
  ImportKeyMaterial: 15,
  UpdatePrimaryRegion: 5,
};

/** What one call of CCKM costs in a lane that it spends, in requests of AWS. */
export const requestsPerCall: Readonly<Record<LaneOperation, number>> = {
  ReplicateKey: 1,
  CreateKey: 2,
  CreateAlias: 1,
  GetParametersForImport: 1,
  ImportKeyMaterial: 1,
  UpdatePrimaryRegion: 1,
};

export interface LaneKey {
  readonly account: string;
  readonly region: string;
  readonly operation: LaneOperation;
}

/** One call's use of a lane. */
export interface LaneUse extends LaneKey {
  readonly cost: number;
}

export function laneId({ account, region, operation }: LaneKey): string {
  return `${account}:${region}:${operation}`;
}

/** The lane that an id names; null when it is no lane's. */
export function parseLaneId(id: string): LaneKey | null {
  const [account = '', region = '', operation = '', ...rest] = id.split(':');
  const known = laneOperations.find((name) => name === operation);
  return /^\d{12}$/.test(account) && regions.has(region) && known && rest.length === 0
    ? { account, region, operation: known }
    : null;
}

/** What one replicate-key of CCKM spends; CCKM's `Alias` is a second call to AWS. */
export function replicateUses(account: string, primaryRegion: string, region: string, withAlias: boolean): LaneUse[] {
  const uses = [
    useOf({ account, region: primaryRegion, operation: 'ReplicateKey' }),
    useOf({ account, region, operation: 'CreateKey' }),
  ];
  return withAlias ? [...uses, useOf({ account, region, operation: 'CreateAlias' })] : uses;
}

/** What one update-primary-region of CCKM spends: a request in each of the two Regions. */
export function promotionUses(account: string, from: string, to: string): LaneUse[] {
  return [from, to].map((region) => useOf({ account, region, operation: 'UpdatePrimaryRegion' }));
}

/** What one call for a pair of a plan spends. */
export function operationUses(
  operation: PlanOperation,
  { account, primary_region: primaryRegion, region }: { account: string; primary_region: string; region: string },
  withAlias: boolean,
): LaneUse[] {
  return operation === 'promote'
    ? promotionUses(account, primaryRegion, region)
    : replicateUses(account, primaryRegion, region, withAlias);
}

/** What one import-material of CCKM spends. */
export function importUses(account: string, region: string): LaneUse[] {
  return [
    useOf({ account, region, operation: 'GetParametersForImport' }),
    useOf({ account, region, operation: 'ImportKeyMaterial' }),
  ];
}

/** What one add-alias of CCKM spends. */
export function aliasUses(account: string, region: string): LaneUse[] {
  return [useOf({ account, region, operation: 'CreateAlias' })];
}

function useOf(lane: LaneKey): LaneUse {
  return { ...lane, cost: requestsPerCall[lane.operation] };
}

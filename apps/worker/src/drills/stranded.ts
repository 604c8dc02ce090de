import { countUsableKeys, readKeysByPrimary } from '@keyferry/store';
import { counted, type StepAtWork } from './drill-context.ts';

/** What a step of a kind calls in the Regions of the primaries; null: nothing. */
export const operationOfStep = (kind: string): 'ReplicateKey' | 'UpdatePrimaryRegion' | null =>
  kind === 'replicate' ? 'ReplicateKey' : kind === 'promote' || kind === 'failback' ? 'UpdatePrimaryRegion' : null;

/**
 * Why nothing can be replicated or promoted for some keys of a drill, what there is still, and for how many it can: KMS does both in the Region
 * of the primary alone. Null: nothing stands in the way.
 */
export async function strandedReason(
  { tx, drill }: Pick<StepAtWork, 'tx' | 'drill'>,
  operation: 'ReplicateKey' | 'UpdatePrimaryRegion',
): Promise<string | null> {
  if (drill.baseline_check_id === null) return null;
  const { id, lost_regions: lostRegions, baseline_check_id: baselineCheckId } = drill;
  const byPrimary = await readKeysByPrimary(tx, { id, lostRegions, baselineCheckId }, operation);
  const [stranded, others] = [byPrimary.filter(({ down }) => down), byPrimary.filter(({ down }) => !down)];
  if (stranded.length === 0) return null;
  const { usable, keys } = await countUsableKeys(tx, baselineCheckId);
  const sentences = stranded.map(
    ({ region, keys: n }) =>
      `Neither replication nor promotion is possible while ${region}, the primaries' Region, is down (${counted(n, 'key')}).`,
  );
  const left =
    others.length === 0
      ? ''
      : ` The other keys need a separate drill: ${others.map(({ region, keys: n }) => `${n} with their primaries in ${region}`).join(', ')}. Select them with \`selector.region\` or \`keys\`.`;
  return `${sentences.join(' ')} Existing replicas keep decrypting: ${usable} of ${counted(keys, 'key')} are usable in ${drill.regions.join(', ')}.${left}`;
}

/** Regions of the primaries that may be down: their last calls failed, and none was made since. */
export async function unsureRegions(
  { tx, drill }: Pick<StepAtWork, 'tx' | 'drill'>,
  operation: 'ReplicateKey' | 'UpdatePrimaryRegion',
): Promise<string[]> {
  if (drill.baseline_check_id === null) return [];
  const { id, lost_regions: lostRegions, baseline_check_id: baselineCheckId } = drill;
  const byPrimary = await readKeysByPrimary(tx, { id, lostRegions, baselineCheckId }, operation);
  return byPrimary.filter(({ unsure }) => unsure).map(({ region }) => region);
}

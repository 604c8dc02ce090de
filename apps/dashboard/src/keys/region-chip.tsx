import type { EstateKeyView } from '@keyferry/core';
import { Tooltip, VisuallyHidden } from '@mantine/core';
import { regionName } from '../regions/region-names.ts';
import classes from './keys.module.css';

type Member = Pick<EstateKeyView['regions'][number], 'region' | 'key_state' | 'primary'>;

/** A Region that a key is in, and how it stands there. */
export function RegionChip({ member }: { member: Member }) {
  const { region, key_state, primary } = member;
  const { shape, colour, meaning } = lookOfKeyState(key_state);
  const words = [regionName(region), primary ? 'primary' : 'replica', key_state ?? 'state unknown', meaning];
  return (
    <Tooltip label={words.filter(Boolean).join(' · ')} events={{ hover: true, focus: true, touch: true }}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what it says must be had by keyboard too */}
      <span className={classes.chip} data-primary={primary || undefined} tabIndex={0}>
        <span aria-hidden style={{ color: colour }}>
          {shape}
        </span>
        {region || 'no Region'}
        <VisuallyHidden>
          , {primary ? 'primary' : 'replica'}, {key_state ?? 'state unknown'}
        </VisuallyHidden>
      </span>
    </Tooltip>
  );
}

/** How a key stands in a Region, by the key state that CCKM lists. */
export function lookOfKeyState(state: string | null): { shape: string; colour: string; meaning: string } {
  switch (state) {
    case 'Enabled':
      return { shape: '●', colour: 'var(--state-succeeded)', meaning: 'Usable' };
    case 'Creating':
    case 'Updating':
      return { shape: '◕', colour: 'var(--state-creating)', meaning: 'KMS is changing it' };
    case 'PendingImport':
      return { shape: '⇣', colour: 'var(--state-importing)', meaning: 'Waits for its key material' };
    case 'Disabled':
      return { shape: '⊘', colour: 'var(--state-blocked)', meaning: 'Unusable until it is enabled' };
    case 'PendingDeletion':
    case 'PendingReplicaDeletion':
      return { shape: '✕', colour: 'var(--state-failed)', meaning: 'Scheduled for deletion; counts as missing' };
    case 'Gone':
      return {
        shape: '–',
        colour: 'var(--state-failed)',
        meaning: 'The KMS container in CCKM no longer has this Region',
      };
    default:
      return { shape: '?', colour: 'var(--state-pending)', meaning: 'CCKM reports no known state' };
  }
}

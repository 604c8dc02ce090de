import type { EstateKeyView } from '@keyferry/core';
import { Tooltip } from '@mantine/core';
import { regionName } from '../regions/region-names.ts';
import { lookOfKeyState } from './key-states.ts';
import classes from './keys.module.css';

type Member = EstateKeyView['regions'][number];

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
        <span className={classes.spoken}>
          , {primary ? 'primary' : 'replica'}, {key_state ?? 'state unknown'}
        </span>
      </span>
    </Tooltip>
  );
}

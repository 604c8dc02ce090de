import type { StateLook } from '../states/state-look.ts';

/** The shape of a state in its colour; the word stands beside it. */
export function StateGlyph({ look }: { look: StateLook }) {
  return (
    <span aria-hidden style={{ color: look.colour, fontFamily: 'var(--glyphs)' }}>
      {look.shape}
    </span>
  );
}

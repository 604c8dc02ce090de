/** How a state looks: never by its colour alone. */
export interface StateLook {
  readonly label: string;
  readonly shape: string;
  readonly meaning: string;
  /** For CSS. */
  readonly colour: string;
  /** How much a cell of a matrix makes of it: what is wrong is `full`, what is well pale, what has not begun an outline. */
  readonly weight: 'outline' | 'pale' | 'clear' | 'full';
}

/** The shape of a state in its colour; the word stands beside it. */
export function StateGlyph({ look }: { look: StateLook }) {
  return (
    <span aria-hidden style={{ color: look.colour, fontFamily: 'var(--glyphs)' }}>
      {look.shape}
    </span>
  );
}

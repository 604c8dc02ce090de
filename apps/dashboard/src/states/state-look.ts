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

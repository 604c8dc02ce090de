/** How often the verdict is read at least, whatever else the page reads or streams; also while nobody looks. */
export const healthEveryMs = 10_000;
/** After three missed readings a verdict no longer counts as known. */
export const staleAfterMs = 3 * healthEveryMs;

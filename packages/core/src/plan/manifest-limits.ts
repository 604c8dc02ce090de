/** A manifest: the rows of a plan as a file, one key × Region each. */
export const manifestFormats = ['csv', 'ndjson'] as const;
export type ManifestFormat = (typeof manifestFormats)[number];

export const maxManifestRows = 1_000_000;

/** The tiers that import-material takes. Source: CCKM contract, sections 2.7 and 9. */
const tiers = ['local', 'dsm', 'external-cm', 'hsm-luna'] as const;
type SourceTier = (typeof tiers)[number];

/** `key_source` as older versions of CCKM write it, without case and without what is no letter. */
const sources: readonly [RegExp, SourceTier][] = [
  [/luna/, 'hsm-luna'],
  [/^dsm|datasecuritymanager/, 'dsm'],
  [/external/, 'external-cm'],
  [/^(local|ciphertrust|ciphertrustmanager|cm)$/, 'local'],
];

interface Named {
  readonly sourceKeyTier: string | null;
  readonly keySource: string | null;
}

/**
 * The tier of a material: what the first of these says of it, in their order, else what their `key_source` means. Null:
 * none is told, or one that is not known; CCKM then goes by its own default, and no wrong tier is sent.
 */
export function tierOf(...told: readonly Named[]): string | null {
  const tier = told.map(({ sourceKeyTier }) => sourceKeyTier).find(Boolean);
  // CCKM's own word is sent back as it is, should it know more tiers by now.
  if (tier) return meaningOf(tier) ?? tier;
  return told.map(({ keySource }) => meaningOf(keySource)).find((meant) => meant !== null) ?? null;
}

function meaningOf(given: string | null): SourceTier | null {
  const text = given?.toLowerCase().replaceAll(/[^a-z]/g, '') ?? '';
  const exact = tiers.find((tier) => tier.replaceAll('-', '') === text);
  return exact ?? sources.find(([pattern]) => pattern.test(text))?.[1] ?? null;
}

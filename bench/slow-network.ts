/** How long a replicate-key takes on its way to KMS where a bench wants that to be as in life, milliseconds. */
export const latencyMs = { min: 300, max: 800 } as const;

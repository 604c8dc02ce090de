export const findingSeverities = ['info', 'warning', 'blocking'] as const;

export type FindingSeverity = (typeof findingSeverities)[number];

/** The parts of a check, in their order; each has an address of its own. */
export const checkTabs = ['gaps', 'matrix', 'spec'] as const;
export type CheckTab = (typeof checkTabs)[number];

/** Those of a policy: of its newest check, and how it came to that. */
export const policyTabs = ['gaps', 'matrix', 'trend', 'spec'] as const;
export type PolicyTab = (typeof policyTabs)[number];

export const coverageTabLabels: Readonly<Record<PolicyTab, string>> = {
  gaps: 'Gaps',
  matrix: 'Matrix',
  trend: 'Trend',
  spec: 'Policy',
};

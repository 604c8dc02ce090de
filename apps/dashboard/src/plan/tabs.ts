/** The parts of a plan's page, in their order; each has an address of its own. */
export const tabs = ['matrix', 'replicas', 'failures', 'throughput', 'preview', 'spec'] as const;

export type Tab = (typeof tabs)[number];

export const tabLabels: Readonly<Record<Tab, string>> = {
  matrix: 'Matrix',
  replicas: 'Replicas',
  failures: 'Failures',
  throughput: 'Throughput',
  preview: 'Preview',
  spec: 'Spec',
};

/** The address of a part of a plan's page, with filters. */
export function tabPath(planId: string, tab: Tab, filters: Readonly<Record<string, string>> = {}): string {
  const query = new URLSearchParams(filters).toString();
  return `/plans/${planId}/${tab}${query === '' ? '' : `?${query}`}`;
}

const order = [
  'name',
  'description',
  'scenario',
  'mode',
  'keys',
  'selector',
  'manifest',
  'regions',
  'account_regions',
  'region_groups',
  'lost_regions',
  'targets',
  'material_valid_days',
  'same_as_primary',
  'ignore_tags',
  'exact_tags',
  'replica',
  'overrides',
  'change_ticket',
  'approvals',
  'approvers',
  'schedule',
  'options',
  'steps',
];

/** What was written with its fields in the order in which one writes them; Postgres keeps them in its own. */
export function inOrder(spec: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const place = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
  return Object.fromEntries(Object.entries(spec).sort(([a], [b]) => place(a) - place(b)));
}

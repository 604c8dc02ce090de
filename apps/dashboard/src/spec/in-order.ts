const order = [
  'name',
  'mode',
  'keys',
  'selector',
  'manifest',
  'regions',
  'account_regions',
  'region_groups',
  'replica',
  'overrides',
  'options',
];

/** What was written with its fields in the order in which one writes them; Postgres keeps them in its own. */
export function inOrder(spec: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const place = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
  return Object.fromEntries(Object.entries(spec).sort(([a], [b]) => place(a) - place(b)));
}

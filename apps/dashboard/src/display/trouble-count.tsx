import { Badge } from '@mantine/core';

/** How much is wrong, beside the name of the tab that tells of it. */
export function TroubleCount({ count }: { count: number }) {
  if (count === 0) return null;
  return (
    <Badge color="red" variant="light" size="sm" className="numbers" miw="max-content">
      {count.toLocaleString()}
    </Badge>
  );
}

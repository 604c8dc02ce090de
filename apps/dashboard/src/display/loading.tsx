import { Skeleton, Stack } from '@mantine/core';

/** Stands where something will be, and says what. */
export function Loading({ what, heights }: { what: string; heights: readonly number[] }) {
  return (
    <Stack role="status" aria-label={`Loading ${what}`} gap="sm">
      {heights.map((height, i) => (
        <Skeleton key={i} height={height} />
      ))}
    </Stack>
  );
}

import { Box, Button, Group } from '@mantine/core';
import { type UseInfiniteQueryOptions, useInfiniteQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Failure } from './failure.tsx';
import { Loading } from './loading.tsx';

interface Page<Row> {
  readonly items: readonly Row[];
  readonly next_cursor: string | null;
}

type Options<Answer> = UseInfiniteQueryOptions<
  Answer,
  Error,
  { pages: Answer[]; pageParams: unknown[] },
  readonly unknown[],
  string | null
>;

/** A list of the API page by page: each page asked for adds to those that are there. */
export function usePages<Row, Answer extends Page<Row>>({
  queryKey,
  readPage,
  ...options
}: Pick<Options<Answer>, 'queryKey' | 'refetchInterval' | 'enabled' | 'placeholderData'> & {
  readPage: (cursor: string | null) => Promise<Answer>;
}) {
  const query = useInfiniteQuery<
    Answer,
    Error,
    { pages: Answer[]; pageParams: unknown[] },
    readonly unknown[],
    string | null
  >({
    queryKey,
    queryFn: ({ pageParam }) => readPage(pageParam),
    initialPageParam: null,
    getNextPageParam: ({ next_cursor }) => next_cursor,
    ...options,
  });
  const rows = query.data?.pages.flatMap(({ items }) => items as readonly Answer['items'][number][]);
  return { ...query, rows };
}

interface ListingProps<Row> {
  /** What is listed, as a sentence names it: `the plans`. */
  what: string;
  query: { readonly error: Error | null; readonly isLoading: boolean; refetch: () => unknown };
  rows: readonly Row[] | undefined;
  /** Of a row while there is none, pixels. */
  height: number;
  /** What stands there when the list is empty. */
  none: ReactNode;
  children: (rows: readonly Row[]) => ReactNode;
}

/** A list: what is shown while it is read, when it cannot be and nothing is known, when nothing is in it, and its rows. */
export function Listing<Row>({ what, query, rows, height, none, children }: ListingProps<Row>) {
  if (rows) return rows.length === 0 ? none : children(rows);
  return (
    <Box p="md">
      {query.error && <Failure error={query.error} what={what} onRetry={() => void query.refetch()} />}
      {query.isLoading && <Loading what={what} heights={[height, height, height]} />}
    </Box>
  );
}

interface MoreProps {
  query: { readonly hasNextPage: boolean; readonly isFetchingNextPage: boolean; fetchNextPage: () => unknown };
  children: ReactNode;
}

/** The button for the next page, as long as there is one. */
export function MoreRows({ query, children }: MoreProps) {
  if (!query.hasNextPage) return null;
  return (
    <Group justify="center" p="sm">
      <Button variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
        {children}
      </Button>
    </Group>
  );
}

interface TurnProps {
  page: { readonly data: Page<unknown> | undefined; readonly isPlaceholderData: boolean };
  /** The cursor of the page that is shown; null: the first. */
  after: string | null;
  turnTo: (cursor: string | null) => void;
}

/** To the first page and the next, of a list that shows one at a time. */
export function TurnPages({ page: { data, isPlaceholderData }, after, turnTo }: TurnProps) {
  if (!data || (after === null && data.next_cursor === null)) return null;
  return (
    <Group justify="center" p="sm" gap="xs">
      <Button variant="default" disabled={after === null} onClick={() => turnTo(null)}>
        First page
      </Button>
      <Button
        variant="default"
        disabled={data.next_cursor === null || isPlaceholderData}
        onClick={() => turnTo(data.next_cursor)}
      >
        Next page
      </Button>
    </Group>
  );
}

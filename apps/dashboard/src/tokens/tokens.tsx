import { type TokenState, type TokenView, tokenStates } from '@keyferry/core';
import { Button, Card, Group, SegmentedControl, Text } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { keepPreviousData } from '@tanstack/react-query';
import { useState } from 'react';
import { useSearchParams } from 'wouter';
import { keyferry } from '../api/client.ts';
import { withSearch } from '../display/address.ts';
import { Empty } from '../display/empty.tsx';
import { Listing, MoreRows, usePages } from '../display/listing.tsx';
import { PageHead } from '../display/page-head.tsx';
import { SearchField } from '../display/search-field.tsx';
import { NewToken } from './new-token.tsx';
import { RevokeToken } from './revoke-token.tsx';
import { emptyToken, replacementOf, type TokenDraft } from './token-draft.ts';
import { stateLabels, TokenTable } from './token-table.tsx';

const pageSize = 50;

/** API tokens: who may call, and in what role, newest first; the filter stands in the address. */
export default function Tokens() {
  const [search, setSearch] = useSearchParams();
  const [making, setMaking] = useState<TokenDraft | null>(null);
  const [revoking, setRevoking] = useState<TokenView | null>(null);
  const name = search.get('name') ?? '';
  const state = tokenStates.find((one) => one === search.get('state'));
  const choose = (part: string, value: string | null) =>
    setSearch((now) => withSearch(now, { [part]: value }), { replace: true });
  const tokens = usePages({
    queryKey: ['tokens', name, state ?? 'all'],
    readPage: (cursor) =>
      keyferry.request('GET /v1/tokens', { query: { limit: pageSize, cursor, name: name || null, state } }),
    placeholderData: keepPreviousData,
  });
  return (
    <>
      <PageHead
        title="Tokens"
        below={
          <Text size="sm" className="quiet">
            Who may call the API, and in what role. The token in KEYFERRY_ADMIN_TOKEN is not in this list.
          </Text>
        }
      >
        <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setMaking(emptyToken)}>
          New token
        </Button>
      </PageHead>
      <Card withBorder padding={0}>
        <Group p="sm" gap="sm" role="search" aria-label="Filter the tokens">
          <SearchField label="Name" value={name} onChange={(next) => choose('name', next)} />
          <SegmentedControl
            aria-label="State"
            value={state ?? 'all'}
            onChange={(value) => choose('state', value === 'all' ? null : value)}
            data={[
              { value: 'all', label: 'All' },
              ...tokenStates.map((value: TokenState) => ({ value, label: stateLabels[value].label })),
            ]}
          />
        </Group>
        <Listing
          what="the tokens"
          query={tokens}
          rows={tokens.rows}
          height={40}
          none={<NoTokens filtered={name !== '' || state !== undefined} />}
        >
          {(rows) => (
            <TokenTable rows={rows} onReplace={(token) => setMaking(replacementOf(token))} onRevoke={setRevoking} />
          )}
        </Listing>
        <MoreRows query={tokens}>Older tokens</MoreRows>
      </Card>
      <NewToken first={making} onClose={() => setMaking(null)} />
      <RevokeToken token={revoking} onClose={() => setRevoking(null)} />
    </>
  );
}

function NoTokens({ filtered }: { filtered: boolean }) {
  return filtered ? (
    <Empty title="No matching tokens">
      <Text size="sm" className="quiet">
        Loosen the filter.
      </Text>
    </Empty>
  ) : (
    <Empty title="There are no tokens yet">
      <Text size="sm" className="quiet" maw="60ch">
        Create one for each person and program, with the least role that is enough, and put the admin token away.
      </Text>
    </Empty>
  );
}

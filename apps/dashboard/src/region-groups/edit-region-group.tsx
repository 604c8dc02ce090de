import { ProblemError } from '@keyferry/client';
import { type RegionGroupView, visibleLine } from '@keyferry/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useLocation, useParams } from 'wouter';
import { useMay } from '../api/caller.ts';
import { keyferry } from '../api/client.ts';
import { Empty } from '../display/empty.tsx';
import { Failure } from '../display/failure.tsx';
import { Loading } from '../display/loading.tsx';
import { PageHead } from '../display/page-head.tsx';
import { DocumentForm } from '../documents/document-form.tsx';
import { regionGroupKind } from '../documents/document-kinds.ts';
import { NotAllowed } from '../documents/not-allowed.tsx';
import type { Stored } from '../documents/save-dialog.tsx';

/** Writes a Region group: a new one, or the one that the address names. */
export default function EditRegionGroup() {
  const { name } = useParams<{ name?: string }>();
  const may = useMay();
  if (!may('PUT /v1/region-groups/{name}')) {
    return <NotAllowed to="change Region groups" who="Operators and admins" back="/region-groups" />;
  }
  return name === undefined ? <Editing group={null} /> : <Existing name={name} />;
}

function Existing({ name }: { name: string }) {
  const { data, error, refetch } = useQuery({
    queryKey: ['region-group-as-opened', name],
    queryFn: () => readGroup(name),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  if (data) return <Editing group={data} />;
  if (data === null) return <Empty title={`There is no Region group ${visibleLine(name)}`} />;
  if (!error) return <Loading what="the Region group" heights={[48, 480]} />;
  return <Failure error={error} what="the Region group" onRetry={() => void refetch()} />;
}

function Editing({ group }: { group: RegionGroupView | null }) {
  const [, navigate] = useLocation();
  const store = useQueryClient();
  const stored = useMemo(() => group && storedOf(group), [group]);
  return (
    <>
      <PageHead title={group === null ? 'New Region group' : `Edit the Region group ${group.name}`} />
      <DocumentForm
        kind={regionGroupKind}
        place={`region-group ${group?.name ?? ''}`}
        stored={stored}
        fixed={group && ['name', group.name]}
        readCurrent={async ({ name }) => {
          const current = await readGroup(name);
          return current && storedOf(current);
        }}
        save={(_spec, { name, ...body }) => keyferry.request('PUT /v1/region-groups/{name}', { name, body })}
        unanswered="The group may have been saved. Saving again does no harm."
        onSaved={() => {
          void store.invalidateQueries({ queryKey: ['region-groups'] });
          navigate('/region-groups');
        }}
        onCancel={() => navigate('/region-groups')}
      />
    </>
  );
}

async function readGroup(name: string): Promise<RegionGroupView | null> {
  try {
    return await keyferry.request('GET /v1/region-groups/{name}', { name });
  } catch (error) {
    if (error instanceof ProblemError && error.status === 404) return null;
    throw error;
  }
}

/** As it is written: without accounts where none has its own Regions. */
function storedOf({ name, regions, accounts, updated_at, updated_by }: RegionGroupView): Stored {
  const own = Object.keys(accounts).length > 0 ? { accounts } : {};
  return { spec: { name, regions, ...own }, version: updated_at, changedBy: updated_by, changedAt: updated_at };
}

import { ProblemError } from '@keyferry/client';
import { type CoveragePolicyView, visibleLine } from '@keyferry/core';
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
import { policyKind } from '../documents/document-kinds.ts';
import { NotAllowed } from '../documents/not-allowed.tsx';
import type { Stored } from '../documents/save-dialog.tsx';

/** Writes a coverage policy: a new one, or the one that the address names. */
export default function EditPolicy() {
  const { name } = useParams<{ name?: string }>();
  const may = useMay();
  if (!may('PUT /v1/coverage/policies/{name}')) {
    return <NotAllowed to="change coverage policies" who="Operators and admins" back="/coverage" />;
  }
  return name === undefined ? <Editing policy={null} /> : <Existing name={name} />;
}

function Existing({ name }: { name: string }) {
  const { data, error, refetch } = useQuery({
    // Not that of the policy's page: what is edited stays as it was when it was opened.
    queryKey: ['coverage-policy-as-opened', name],
    queryFn: () => readPolicy(name),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  if (data) return <Editing policy={data} />;
  if (data === null) return <Empty title={`There is no coverage policy ${visibleLine(name)}`} />;
  if (!error) return <Loading what="the policy" heights={[48, 480]} />;
  return <Failure error={error} what="the policy" onRetry={() => void refetch()} />;
}

function Editing({ policy }: { policy: CoveragePolicyView | null }) {
  const [, navigate] = useLocation();
  const store = useQueryClient();
  const stored = useMemo(() => policy && storedOf(policy), [policy]);
  return (
    <>
      <PageHead title={policy === null ? 'New coverage policy' : `Edit ${policy.name}`} />
      <DocumentForm
        kind={policyKind}
        place={`coverage-policy ${policy?.name ?? ''}`}
        stored={stored}
        fixed={policy && ['name', policy.name]}
        readCurrent={async ({ name }) => {
          const current = await readPolicy(name);
          return current && storedOf(current);
        }}
        save={(body, { name }) => keyferry.request('PUT /v1/coverage/policies/{name}', { name, body })}
        unanswered="The policy may have been saved. Saving again does no harm."
        onSaved={({ name }) => {
          void store.invalidateQueries({ queryKey: ['coverage'] });
          navigate(`/coverage/${name}`);
        }}
        onCancel={() => navigate(policy === null ? '/coverage' : `/coverage/${policy.name}`)}
      />
    </>
  );
}

async function readPolicy(name: string): Promise<CoveragePolicyView | null> {
  try {
    return await keyferry.request('GET /v1/coverage/policies/{name}', { name });
  } catch (error) {
    if (error instanceof ProblemError && error.status === 404) return null;
    throw error;
  }
}

function storedOf({ spec, spec_sha256, updated_by, updated_at }: CoveragePolicyView): Stored {
  return { spec, version: spec_sha256, changedBy: updated_by, changedAt: updated_at };
}

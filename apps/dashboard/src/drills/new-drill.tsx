import { countOf, type DrillView, type Runbook, stepInWords } from '@keyferry/core';
import { List, Stack, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import { useLocation, useSearchParams } from 'wouter';
import { useMay } from '../api/caller.ts';
import { keyferry } from '../api/client.ts';
import { newIdempotencyKey } from '../api/idempotency-key.ts';
import { Failure } from '../display/failure.tsx';
import { Loading } from '../display/loading.tsx';
import { Notice } from '../display/notice.tsx';
import { PageHead } from '../display/page-head.tsx';
import { DocumentForm } from '../documents/document-form.tsx';
import { runbookKind } from '../documents/document-kinds.ts';
import { NotAllowed } from '../documents/not-allowed.tsx';

/** Writes a runbook and declares its drill; `?from=<drill id>` begins with the runbook of a drill. */
export default function NewDrill() {
  const [search] = useSearchParams();
  const from = search.get('from');
  const may = useMay();
  if (!may('POST /v1/drills')) {
    return <NotAllowed to="declare drills" who="Operators and admins" back="/drills" />;
  }
  return from === null ? <Writing begin={null} place="drill" /> : <From id={from} />;
}

function From({ id }: { id: string }) {
  const { data, error, refetch } = useQuery({
    queryKey: ['runbook-of', id],
    queryFn: async () => runbookOf(await keyferry.request('GET /v1/drills/{id}', { id })),
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (data) return <Writing begin={data} place={`drill ${id}`} />;
  if (!error) return <Loading what="the runbook" heights={[48, 480]} />;
  return <Failure error={error} what="the runbook" onRetry={() => void refetch()} />;
}

/** What was written of it: what groups stood for is looked up again. */
function runbookOf({ spec }: DrillView): object {
  const { region_groups: _then, ...runbook } = spec;
  return runbook;
}

function Writing({ begin, place }: { begin: object | null; place: string }) {
  const [, navigate] = useLocation();
  const store = useQueryClient();
  // A press that is repeated, or whose answer was lost, declares one drill; a changed runbook declares another.
  const sent = useRef({ text: '', key: '' });
  const declare = (body: object) => {
    const text = JSON.stringify(body);
    if (text !== sent.current.text) sent.current = { text, key: newIdempotencyKey() };
    return keyferry.request('POST /v1/drills', { body, idempotencyKey: sent.current.key });
  };
  return (
    <>
      <PageHead title="New drill" />
      <DocumentForm
        kind={runbookKind}
        place={place}
        stored={null}
        begin={begin}
        fixed={null}
        readCurrent={async () => null}
        save={declare}
        unanswered="The drill may have been declared. Declaring the same text again does not make a second one."
        once={{
          title: 'Declare this drill?',
          open: 'Declare …',
          confirm: 'Declare the drill',
          done: 'The drill was declared.',
          effect: (runbook) => <Declared runbook={runbook} />,
        }}
        onSaved={({ id }) => {
          void store.invalidateQueries({ queryKey: ['drills'] });
          navigate(`/drills/${id}`);
        }}
        onCancel={() => navigate('/drills')}
      />
    </>
  );
}

/** What declaring it does, step by step. */
function Declared({ runbook }: { runbook: Runbook }) {
  const { mode, steps, approvals, keys, selector, regions, lost_regions: lost } = runbook;
  return (
    <Stack gap="sm">
      {mode === 'rehearse' ? (
        <Notice tone="calm" title="Rehearsal: nothing is changed" />
      ) : (
        <Notice tone="waits" title="Live: its steps change keys" />
      )}
      <Text size="sm">
        {keys === undefined ? `Keys that match ${JSON.stringify(selector)}` : countOf(keys.length, 'key')} in{' '}
        {regions.join(', ')}
        {lost.length > 0 && `; ${lost.join(', ')} taken as lost`}.{' '}
        {approvals === 0
          ? 'It starts as soon as its keys are read, unless approval rules ask for approvals.'
          : `It starts after ${countOf(approvals, 'approval')} by others.`}
      </Text>
      <List type="ordered" size="sm" spacing={4}>
        {steps.map((step) => (
          <List.Item key={step.id}>{stepInWords(step)}</List.Item>
        ))}
      </List>
    </Stack>
  );
}

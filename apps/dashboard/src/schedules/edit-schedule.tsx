import { ProblemError } from '@keyferry/client';
import type { ScheduleView } from '@keyferry/core';
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
import { scheduleKind } from '../documents/document-kinds.ts';
import { NotAllowed } from '../documents/not-allowed.tsx';
import type { Stored } from '../documents/save-dialog.tsx';

/** Writes a schedule: a new one, or the one that the address names. */
export default function EditSchedule() {
  const { id } = useParams<{ id?: string }>();
  const may = useMay();
  if (!may(id === undefined ? 'POST /v1/schedules' : 'PUT /v1/schedules/{id}')) {
    return <NotAllowed to="change schedules" who="Operators and admins" back="/schedules" />;
  }
  return id === undefined ? <Editing schedule={null} /> : <Existing id={id} />;
}

function Existing({ id }: { id: string }) {
  const { data, error, refetch } = useQuery({
    queryKey: ['schedule-as-opened', id],
    queryFn: () => readSchedule(id),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  if (data) return <Editing schedule={data} />;
  if (data === null) return <Empty title="There is no such schedule" />;
  if (!error) return <Loading what="the schedule" heights={[48, 480]} />;
  return <Failure error={error} what="the schedule" onRetry={() => void refetch()} />;
}

function Editing({ schedule }: { schedule: ScheduleView | null }) {
  const [, navigate] = useLocation();
  const store = useQueryClient();
  const stored = useMemo(() => schedule && storedOf(schedule), [schedule]);
  const id = schedule?.id;
  return (
    <>
      <PageHead title={schedule === null ? 'New schedule' : `Edit the schedule ${schedule.name}`} />
      <DocumentForm
        kind={scheduleKind}
        place={`schedule ${id ?? ''}`}
        stored={stored}
        fixed={null}
        readCurrent={async () => {
          const current = id === undefined ? null : await readSchedule(id);
          return current && storedOf(current);
        }}
        save={(body) =>
          id === undefined
            ? keyferry.request('POST /v1/schedules', { body })
            : keyferry.request('PUT /v1/schedules/{id}', { id, body })
        }
        unanswered={
          id === undefined
            ? 'The schedule may have been created: check the list of schedules before you create it again.'
            : 'The schedule may have been saved. Saving again does no harm.'
        }
        onSaved={(saved) => {
          void store.invalidateQueries({ queryKey: ['schedules'] });
          store.setQueryData(['schedule', saved.id], saved);
          navigate(`/schedules/${saved.id}`);
        }}
        onCancel={() => navigate(id === undefined ? '/schedules' : `/schedules/${id}`)}
      />
    </>
  );
}

async function readSchedule(id: string): Promise<ScheduleView | null> {
  try {
    return await keyferry.request('GET /v1/schedules/{id}', { id });
  } catch (error) {
    if (error instanceof ProblemError && error.status === 404) return null;
    throw error;
  }
}

function storedOf({ name, cron, time_zone, plan, enabled, overlap, updated_at, updated_by }: ScheduleView): Stored {
  return {
    spec: { name, cron, time_zone, enabled, overlap, plan },
    version: updated_at,
    changedBy: updated_by,
    changedAt: updated_at,
  };
}

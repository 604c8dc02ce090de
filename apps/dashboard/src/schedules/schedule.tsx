import { ProblemError } from '@keyferry/client';
import { type PlanSpec, type ScheduleView, visibleLine, windowsInWords } from '@keyferry/core';
import { Anchor, Button, Card, Group, List, Modal, Stack, Text } from '@mantine/core';
import { IconPlayerPlay } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { Link, useLocation, useParams } from 'wouter';
import { useMay } from '../api/caller.ts';
import { keyferry } from '../api/client.ts';
import { noAnswer } from '../api/no-answer.ts';
import { Effect } from '../display/effect.tsx';
import { Empty } from '../display/empty.tsx';
import { Facts } from '../display/facts.tsx';
import { Failure } from '../display/failure.tsx';
import { Loading } from '../display/loading.tsx';
import { withLocalTimes } from '../display/local-time.ts';
import { Notice } from '../display/notice.tsx';
import { PageHead } from '../display/page-head.tsx';
import { Time } from '../display/time.tsx';
import { DeleteButton } from '../documents/delete-button.tsx';
import { scheduleKind } from '../documents/document-kinds.ts';

const SpecText = lazy(() => import('../spec/spec-text.tsx'));

/** A schedule: when it runs, what became of its runs, and the plan of each. */
export default function Schedule() {
  const { id = '' } = useParams<{ id: string }>();
  const { data, error, refetch } = useQuery({
    queryKey: ['schedule', id],
    queryFn: () => keyferry.request('GET /v1/schedules/{id}', { id }),
    refetchInterval: 10_000,
  });
  if (data) return <Known schedule={data} />;
  if (!error) return <Loading what="the schedule" heights={[64, 160, 320]} />;
  if (error instanceof ProblemError && error.status === 404) return <NoSuchSchedule />;
  return <Failure error={error} what="the schedule" onRetry={() => void refetch()} />;
}

function Known({ schedule }: { schedule: ScheduleView }) {
  const { id, name, cron, time_zone, plan, enabled, overlap, created_by, updated_by, updated_at, ...runs } = schedule;
  const may = useMay();
  const [, navigate] = useLocation();
  const store = useQueryClient();
  // In the order of its fields: Postgres keeps them in its own.
  const written = { name, cron, time_zone, enabled, overlap, plan };
  const windows = windowsInWords((plan as PlanSpec).options);
  return (
    <>
      <Anchor component={Link} href="/schedules" size="xs" className="quiet">
        ← All schedules
      </Anchor>
      <PageHead title={name}>
        {may('POST /v1/schedules/{id}/run') && <RunNow schedule={schedule} />}
        {may('PUT /v1/schedules/{id}') && (
          <Button component={Link} href={`/schedules/${id}/edit`} variant="default">
            Edit
          </Button>
        )}
        {may('DELETE /v1/schedules/{id}') && (
          <DeleteButton
            what="schedule"
            name={name}
            effect={['It submits no more plans.', 'Plans that it has submitted stay.']}
            remove={() => keyferry.request('DELETE /v1/schedules/{id}', { id })}
            onDeleted={() => {
              navigate('/schedules');
              void store.invalidateQueries({ queryKey: ['schedules'] });
            }}
          />
        )}
      </PageHead>
      <Stack gap="md">
        {runs.last_error && <LastError error={runs.last_error} />}
        <Card withBorder padding="md">
          <Facts
            facts={[
              ['Runs at', <span key="cron">{`${cron} (${time_zone})`}</span>],
              ['Next run', runs.next_run_at ? <Time key="next" at={runs.next_run_at} /> : 'Disabled: only by hand'],
              ['Last run', runs.last_run_at ? <Time key="last" at={runs.last_run_at} /> : 'never'],
              runs.last_plan_id !== null && [
                'Last plan',
                <Anchor key="plan" component={Link} href={`/plans/${runs.last_plan_id}`} size="sm">
                  Open
                </Anchor>,
              ],
              runs.last_skipped_at !== null && [
                'Last skipped',
                <span key="skipped">
                  <Time at={runs.last_skipped_at} /> {withLocalTimes(runs.last_skip_reason ?? '')}
                </span>,
              ],
              ['Overlap', overlap === 'skip' ? 'skips a run while a plan of it is unfinished' : 'runs beside it'],
              ['Windows', windows.length === 0 ? 'any time' : windows.join('; ')],
              ['Created by', created_by],
              [
                'Changed',
                <span key="changed">
                  <Time at={updated_at} /> by {updated_by}; plans are submitted in this name
                </span>,
              ],
            ]}
          />
        </Card>
        <Card withBorder padding={0} component="section" aria-label="Schedule as YAML">
          <Suspense fallback={<Loading what="the text" heights={[320]} />}>
            <SpecText spec={scheduleKind.whole(written) ?? written} name={name} note="As stored, with every default." />
          </Suspense>
        </Card>
      </Stack>
    </>
  );
}

/** Submits the plan of a run now, and leads to it. */
function RunNow({ schedule: { id, plan } }: { schedule: ScheduleView }) {
  const [open, setOpen] = useState(false);
  const [, navigate] = useLocation();
  const store = useQueryClient();
  const running = useMutation({
    mutationFn: () => keyferry.request('POST /v1/schedules/{id}/run', { id }),
    onSuccess: (plan) => navigate(`/plans/${plan.id}`),
    onSettled: () => store.invalidateQueries({ queryKey: ['schedule', id] }),
  });
  return (
    <>
      <Button leftSection={<IconPlayerPlay size={16} aria-hidden />} onClick={() => setOpen(true)}>
        Run now
      </Button>
      <Modal opened={open} onClose={() => setOpen(false)} title={<Text fw={650}>Run the schedule now?</Text>} centered>
        <Stack>
          <Effect
            lines={[
              plan.mode === 'preview'
                ? 'Its plan is submitted as a preview: nothing is created.'
                : 'Its plan is submitted and runs as soon as it is resolved, approved where required, and a window is open.',
              'The next scheduled run stays due.',
            ]}
          />
          {running.error && (
            <Failure
              error={running.error}
              unanswered={`${noAnswer(running.error)}. The plan may have been submitted: check the list of plans before you run it again.`}
            />
          )}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={() => setOpen(false)}>
              Cancel
            </Button>
            <Button data-autofocus loading={running.isPending} onClick={() => running.mutate()}>
              Run now
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}

function LastError({ error: { at, errors } }: { error: NonNullable<ScheduleView['last_error']> }) {
  return (
    <Notice tone="broken" title="The last run made no plan">
      <Text size="sm">
        <Time at={at} />. Edit the schedule, then run it.
      </Text>
      <List size="sm">
        {errors.map(({ path, message }) => (
          <List.Item key={`${path} ${message}`}>
            {path !== '' && <code>{visibleLine(path)}</code>} {message}
          </List.Item>
        ))}
      </List>
    </Notice>
  );
}

function NoSuchSchedule() {
  return (
    <Empty title="There is no such schedule">
      <Anchor component={Link} href="/schedules">
        To all schedules
      </Anchor>
    </Empty>
  );
}

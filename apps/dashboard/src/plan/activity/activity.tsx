import { type PlanActivityView, type PlanView, visibleLine, visibleText } from '@keyferry/core';
import { Box, Button, Group, Stack, Text, Textarea } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useMay } from '../../api/caller.ts';
import { keyferry } from '../../api/client.ts';
import { Failure } from '../../display/failure.tsx';
import { Listing } from '../../display/listing.tsx';
import { withLocalTimes } from '../../display/local-time.ts';
import { Time } from '../../display/time.tsx';
import { Approvals } from '../approvals.tsx';
import looks from './activity.module.css';
import { activityInWords } from './activity-in-words.ts';

/** Others may comment at any time. */
const rereadMs = 10_000;

/** Who did what with the plan and when, newest first, and what people say about it. */
export default function Activity({ plan }: { plan: PlanView }) {
  const activity = useQuery({
    queryKey: activityKey(plan.id),
    queryFn: () => keyferry.request('GET /v1/plans/{id}/activity', { id: plan.id }),
    refetchInterval: rereadMs,
  });
  return (
    <Stack p="md" gap="md">
      {plan.started_at !== null && <Approvals plan={plan} />}
      <Comment plan={plan} />
      <Listing
        what="the activity"
        query={activity}
        rows={activity.data?.items}
        height={28}
        none={
          <Text size="sm" className="quiet">
            The audit log has no entry about this plan.
          </Text>
        }
      >
        {(rows) => (
          <ol className={looks.list} aria-label="Activity">
            {rows.map((row) => (
              <Item key={`${row.at} ${row.action}`} row={row} />
            ))}
          </ol>
        )}
      </Listing>
    </Stack>
  );
}

const activityKey = (id: string) => ['plan', id, 'activity'];

function Item({ row }: { row: PlanActivityView }) {
  const { at, actor, role, reason, comment } = row;
  const who = actor === 'system' ? 'Keyferry' : visibleLine(actor ?? 'unknown');
  return (
    <li className={looks.item}>
      <Text size="sm" component="div">
        <b>{who}</b>
        {role !== null && <span className="quiet"> ({role})</span>}: {activityInWords(row)}{' '}
        <span className="quiet">
          <Time at={at} />
        </span>
      </Text>
      {comment !== null && (
        <Text size="sm" component="blockquote" className={looks.comment}>
          {visibleText(comment)}
        </Text>
      )}
      {comment === null && reason !== null && (
        <Text size="xs" className="quiet">
          {withLocalTimes(visibleText(reason))}
        </Text>
      )}
    </li>
  );
}

/** Adds a comment; it stays in the field until the API has it. */
function Comment({ plan }: { plan: PlanView }) {
  const may = useMay()('POST /v1/plans/{id}/comments');
  const store = useQueryClient();
  const [text, setText] = useState('');
  const sending = useMutation({
    mutationFn: (comment: string) =>
      keyferry.request('POST /v1/plans/{id}/comments', { id: plan.id, body: { comment } }),
    onSuccess: () => {
      setText('');
      return store.invalidateQueries({ queryKey: activityKey(plan.id) });
    },
  });
  if (!may) return null;
  return (
    <Box
      component="form"
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim() !== '') sending.mutate(text.trim());
      }}
    >
      <Textarea
        label="Comment"
        description="Kept in the audit log; it cannot be changed or deleted"
        maxLength={2_000}
        autosize
        minRows={1}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      {sending.error && (
        <Box mt="xs">
          <Failure
            error={sending.error}
            unanswered="No answer: the comment may have been stored. Look at the list before you send it again."
          />
        </Box>
      )}
      <Group mt="xs">
        <Button type="submit" size="xs" variant="default" loading={sending.isPending} disabled={text.trim() === ''}>
          Add comment
        </Button>
      </Group>
    </Box>
  );
}

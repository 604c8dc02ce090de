import { countOf } from '@keyferry/core';
import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { noAnswer } from '../api/no-answer.ts';
import { Failure } from '../display/failure.tsx';
import { Notice } from '../display/notice.tsx';
import { Time } from '../display/time.tsx';
import { ChangeList } from './change-list.tsx';
import type { Change } from './changes.ts';

/** What the API has of a document. */
export interface Stored {
  readonly spec: object;
  /** Another with every change of it. */
  readonly version: string;
  readonly changedBy: string;
  readonly changedAt: string;
}

/** What saving a document would do. */
export interface Review<Data> {
  readonly data: Data;
  /** As written: what is sent. */
  readonly spec: object;
  readonly current: Stored | null;
  readonly changes: readonly Change[];
}

/** Something that is done once and not stored to be changed: what doing it is called, and what it does. */
export interface Once<Data> {
  readonly title: string;
  readonly open: string;
  readonly confirm: string;
  readonly done: string;
  readonly effect: (data: Data) => ReactNode;
}

interface SaveDialogProps<Data> {
  what: string;
  /** The version that the text was begun from. */
  base: string | null;
  isNew: boolean;
  /** Left out: nothing is asked. */
  review: Review<Data> | undefined;
  once: Once<Data> | undefined;
  saving: { readonly isPending: boolean; readonly error: Error | null };
  unanswered: string;
  onSave: () => void;
  onClose: () => void;
}

/** Asks before a document is saved: shows what changes, and what somebody else has changed meanwhile. */
export function SaveDialog<Data>({ review, onClose, ...props }: SaveDialogProps<Data>) {
  const { what, base, isNew, once, saving, unanswered, onSave } = props;
  // It stays in the page while nothing is asked, so that the focus goes back to where it was.
  return (
    <Modal
      opened={review !== undefined}
      onClose={onClose}
      title={<Text fw={650}>{review && (once?.title ?? titleOf(what, review))}</Text>}
      size="xl"
      centered
      transitionProps={{ duration: 0 }}
    >
      {review && (
        <Stack>
          <Conflict {...{ what, base, isNew }} current={review.current} />
          {once?.effect(review.data) ?? <ChangeList changes={review.changes} isNew={review.current === null} />}
          {saving.error && <Failure error={saving.error} unanswered={`${noAnswer(saving.error)}. ${unanswered}`} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Back to the text
            </Button>
            {(review.current === null || review.changes.length > 0) && (
              <Button data-autofocus loading={saving.isPending} onClick={onSave}>
                {once?.confirm ?? (review.current === null ? 'Create' : 'Save')}
              </Button>
            )}
          </Group>
        </Stack>
      )}
    </Modal>
  );
}

function titleOf<Data>(what: string, { current, changes }: Review<Data>): string {
  if (current === null) return `Create the ${what}?`;
  return changes.length === 0 ? 'Unchanged' : `Change the ${what}: ${countOf(changes.length, 'field')}`;
}

interface ConflictProps {
  what: string;
  base: string | null;
  current: Stored | null;
  isNew: boolean;
}

/** What is stored is not what the text was begun from. */
function Conflict({ what, base, current, isNew }: ConflictProps) {
  if (current === null) {
    if (isNew) return null;
    return <Notice tone="broken" title={`The ${what} was deleted meanwhile. Saving creates it again.`} />;
  }
  if (current.version === base) return null;
  const by = (
    <Text size="sm">
      {current.changedBy} changed it at <Time at={current.changedAt} />. Saving overwrites that: check every field
      below.
    </Text>
  );
  return isNew ? (
    <Notice tone="broken" title={`A ${what} with this name exists already`}>
      {by}
    </Notice>
  ) : (
    <Notice tone="broken" title={`The ${what} was changed since you opened it`}>
      {by}
    </Notice>
  );
}

import { ProblemError } from '@keyferry/client';
import type { InputError, PlanView } from '@keyferry/core';
import { Anchor, Button, Card, List, Stack, Text, Title } from '@mantine/core';
import type { UseMutationResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { noAnswer } from '../api/no-answer.ts';
import { Failure } from '../display/failure.tsx';
import { fileName, saveAs } from '../display/save-as.ts';
import { type Draft, specOf } from './draft.ts';
import type { ReadKeys } from './read-keys.ts';
import { sizeOf } from './size-of.ts';

const errorsShown = 8;

type Mode = 'preview' | 'execute';

interface SubmitPanelProps {
  draft: Draft;
  named: ReadKeys;
  errors: readonly InputError[];
  /** It was to be submitted. */
  tried: boolean;
  /** The caller's role does not allow it. */
  mayNot: boolean;
  submitting: UseMutationResult<PlanView, Error, Mode>;
  onPress: (mode: Mode) => void;
  /** Leads to the field of an error. */
  onGo: (path: string) => void;
  children: ReactNode;
}

/** What the plan comes to, what it still lacks, and the ways to submit it. */
export function SubmitPanel(props: SubmitPanelProps) {
  const { draft, named, errors, tried, mayNot, submitting, onPress, onGo, children } = props;
  const { isPending, variables, error } = submitting;
  return (
    <Card withBorder padding="lg" className="follows">
      <Stack>
        <Title order={2} size="h4">
          {sizeOf(draft, named.keys.length)}
        </Title>
        {errors.length > 0 && <ToDo errors={errors} tried={tried} onGo={onGo} />}
        {errors.length === 0 && !error && (
          <Text size="sm" className="quiet">
            {draft.source === 'manifest'
              ? 'The rows are checked as they are uploaded; if one is wrong, nothing is stored.'
              : 'Ready.'}{' '}
            A preview resolves the keys, checks every key × Region and creates nothing. You run it from there.
          </Text>
        )}
        <Button
          size="md"
          disabled={mayNot}
          loading={isPending && variables === 'preview'}
          onClick={() => onPress('preview')}
        >
          Preview
        </Button>
        <Button
          variant="default"
          disabled={mayNot || isPending}
          loading={isPending && variables === 'execute'}
          onClick={() => onPress('execute')}
        >
          Run without a preview
        </Button>
        {mayNot && (
          <Text size="sm" className="quiet">
            Operators and admins can submit plans.
          </Text>
        )}
        {error && (
          <Failure
            error={error}
            unanswered={`${noAnswer(error)}, so the plan may have been submitted. Your draft is kept. Try again when Keyferry is back: the same draft makes one plan only.`}
            {...(passes(error) && variables ? { onRetry: () => submitting.mutate(variables) } : {})}
          />
        )}
        <Button
          variant="subtle"
          size="compact-sm"
          onClick={() => {
            const spec = specOf(draft, named.keys);
            saveAs(`${fileName(draft.name)}.json`, `${JSON.stringify(spec, null, 2)}\n`);
          }}
        >
          Download as a plan file
        </Button>
        {children}
      </Stack>
    </Card>
  );
}

/** What is wrong, each leading to its field; said aloud once somebody wanted to submit it. */
function ToDo({ errors, tried, onGo }: Pick<SubmitPanelProps, 'errors' | 'tried' | 'onGo'>) {
  const more = errors.length - errorsShown;
  return (
    <div role={tried ? 'alert' : undefined}>
      <Text size="sm" fw={600} mb={4} c={tried ? 'var(--mantine-color-error)' : 'inherit'}>
        Still to do
      </Text>
      <List size="sm" spacing={4} icon={<span aria-hidden>•</span>}>
        {errors.slice(0, errorsShown).map(({ path, message }) => (
          <List.Item key={`${path} ${message}`}>
            <Anchor
              component="button"
              type="button"
              size="sm"
              ta="left"
              c="inherit"
              underline="always"
              onClick={() => onGo(path)}
            >
              {message}
            </Anchor>
          </List.Item>
        ))}
      </List>
      {more > 0 && <Text size="sm">and {more} more</Text>}
    </div>
  );
}

/** Whether the same may succeed later: there was no answer, or the API says that it cannot for now. */
function passes(error: Error): boolean {
  return !(error instanceof ProblemError) || error.status === 429 || error.status >= 500;
}

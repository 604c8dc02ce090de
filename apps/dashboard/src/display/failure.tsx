import { ProblemError } from '@keyferry/client';
import { Alert, Button, Code, List, Stack, Text } from '@mantine/core';
import { IconAlertTriangle, IconPlugConnectedX } from '@tabler/icons-react';

interface FailureProps {
  error: unknown;
  /** What was read; it is read again by itself. */
  what?: string;
  /** Of something that was to be done: what it means that no answer came, and what to do then. */
  unanswered?: string;
  onRetry?: () => void;
}

/** Why something could not be shown or done, and what can be done about it. */
export function Failure({ error, what = 'this', unanswered, onRetry }: FailureProps) {
  const refused = error instanceof ProblemError ? error.problem : null;
  return (
    <Alert
      role="alert"
      color={refused ? 'red' : 'orange'}
      icon={refused ? <IconAlertTriangle aria-hidden /> : <IconPlugConnectedX aria-hidden />}
      title={refused ? refused.title : `Keyferry does not answer`}
    >
      <Stack gap="xs" align="flex-start">
        <Text size="sm">
          {refused
            ? refused.detail
            : (unanswered ??
              `This page could not read ${what}. It tries again by itself; what runs in the workers goes on without it.`)}
        </Text>
        {refused?.errors && (
          <List size="sm">
            {refused.errors.slice(0, 20).map(({ path, message }) => (
              <List.Item key={`${path} ${message}`}>
                {path && <Code>{path}</Code>} {message}
              </List.Item>
            ))}
          </List>
        )}
        {refused && (
          <Text size="xs" className="quiet">
            Request <Code>{refused.request_id}</Code>
          </Text>
        )}
        {onRetry && (
          <Button size="xs" variant="default" onClick={onRetry}>
            Try again
          </Button>
        )}
      </Stack>
    </Alert>
  );
}

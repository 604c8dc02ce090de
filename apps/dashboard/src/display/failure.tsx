import { ProblemError } from '@keyferry/client';
import { Alert, Anchor, Button, Code, List, Stack, Text } from '@mantine/core';
import { useNetwork } from '@mantine/hooks';
import { IconAlertTriangle, IconPlugConnectedX } from '@tabler/icons-react';
import { Link, useLocation } from 'wouter';
import { pageAt } from '../shell/pages.ts';

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
  const { online } = useNetwork();
  const refused = error instanceof ProblemError ? error.problem : null;
  // Asking again changes neither what the caller may see nor what there is.
  const isFinal = refused?.status === 403 || refused?.status === 404;
  return (
    <Alert
      role="alert"
      color={refused ? 'red' : 'orange'}
      icon={refused ? <IconAlertTriangle aria-hidden /> : <IconPlugConnectedX aria-hidden />}
      title={refused ? refused.title : online ? 'Keyferry does not answer' : 'This browser is offline'}
    >
      <Stack gap="xs" align="flex-start">
        <Text size="sm">
          {refused
            ? refused.detail
            : (unanswered ?? `This page could not read ${what}. It retries by itself. Workers continue.`)}
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
        {onRetry && !isFinal && (
          <Button size="xs" variant="default" onClick={onRetry}>
            Try again
          </Button>
        )}
        {onRetry && isFinal && <WayBack />}
      </Stack>
    </Alert>
  );
}

/** To the page that this is a part of. */
function WayBack() {
  const [here] = useLocation();
  const page = pageAt(here);
  if (page === undefined || page.path === here) return null;
  return (
    <Anchor component={Link} href={page.path} size="sm">
      To {page.label}
    </Anchor>
  );
}

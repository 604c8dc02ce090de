import { Alert, Button, Code, Stack, Text } from '@mantine/core';
import { Component, type ReactNode } from 'react';

interface BoundaryProps {
  /** Elsewhere it tries anew. */
  readonly at: string;
  readonly children: ReactNode;
}

/** Keeps the rest of a page standing when a part of it cannot be shown: its code could not be loaded, or failed. */
export class Boundary extends Component<BoundaryProps, { error: unknown }> {
  override state: { error: unknown } = { error: null };

  static getDerivedStateFromError(error: unknown): { error: unknown } {
    return { error };
  }

  override componentDidUpdate(before: { at: string }): void {
    if (this.state.error !== null && before.at !== this.props.at) this.setState({ error: null });
  }

  override render(): ReactNode {
    const { error } = this.state;
    return error === null ? this.props.children : <NotShown error={error} />;
  }
}

function NotShown({ error }: { error: unknown }) {
  const notLoaded = /dynamically imported|module script|preload/i.test(String(error));
  return (
    <Alert role="alert" color="orange" title="This part of the page could not be shown" m="md">
      <Stack gap="xs" align="flex-start">
        <Text size="sm">
          {notLoaded ? (
            <>
              {navigator.onLine ? 'It could not be loaded' : 'This browser is offline, so it could not be loaded'}, or
              Keyferry was updated since this page was opened. Workers continue. Reload the page.
            </>
          ) : (
            <>
              It failed: <Code>{String(error)}</Code> Workers continue. Reload the page; if it fails again, report this
              text.
            </>
          )}
        </Text>
        <Button size="xs" variant="default" onClick={() => window.location.reload()}>
          Reload
        </Button>
      </Stack>
    </Alert>
  );
}

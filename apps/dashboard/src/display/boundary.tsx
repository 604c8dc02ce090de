import { Alert, Button, Stack, Text } from '@mantine/core';
import { Component, type ReactNode } from 'react';

/**
 * Keeps the rest of a page standing when a part of it cannot be shown: its code could not be loaded, as while the API is
 * away or after an update of Keyferry, or it failed. Elsewhere (`at`) it tries anew.
 */
export class Boundary extends Component<{ at: string; children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  override componentDidUpdate(before: { at: string }): void {
    if (this.state.failed && before.at !== this.props.at) this.setState({ failed: false });
  }

  override render(): ReactNode {
    if (!this.state.failed) return this.props.children;
    return (
      <Alert role="alert" color="orange" title="This part of the page could not be shown" m="md">
        <Stack gap="xs" align="flex-start">
          <Text size="sm">
            It could not be loaded: Keyferry was away, or has been updated since this page was opened. Nothing that runs
            depends on it.
          </Text>
          <Button size="xs" variant="default" onClick={() => window.location.reload()}>
            Load the page again
          </Button>
        </Stack>
      </Alert>
    );
  }
}

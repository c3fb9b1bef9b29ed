import { Alert, Button, Group, Text } from '@mantine/core';
import type { ReactNode } from 'react';

/** Something could not be read: what, and a button to try again. */
export function ErrorView({
  title,
  text,
  retryText,
  retry,
}: {
  readonly title: string;
  readonly text: string;
  readonly retryText: string;
  readonly retry?: (() => void) | undefined;
}): ReactNode {
  return (
    <Alert color="red" title={title} role="alert">
      <Group justify="space-between">
        <Text size="sm">{text}</Text>
        {retry !== undefined && (
          <Button size="xs" variant="default" onClick={retry}>
            {retryText}
          </Button>
        )}
      </Group>
    </Alert>
  );
}

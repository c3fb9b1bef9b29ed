import { Alert, Button, Group, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { texts } from '../texts/texts.ts';
import { errorText } from './say-error.ts';

/** Something could not be read: what, and a button to try again. */
export function ErrorView({ error, retry }: { readonly error: unknown; readonly retry: () => void }): ReactNode {
  return (
    <Alert color="red" title={texts.errors.title} role="alert">
      <Group justify="space-between">
        <Text size="sm">{errorText(error)}</Text>
        <Button size="xs" variant="default" onClick={retry}>
          {texts.common.retry}
        </Button>
      </Group>
    </Alert>
  );
}

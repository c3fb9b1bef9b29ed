import { Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { texts } from '../texts/texts.ts';
import { RoutedAnchor } from './routed.tsx';

/** An address that leads nowhere. */
export function NotFound(): ReactNode {
  return (
    <Stack align="flex-start">
      <Title order={1} size="h2">
        {texts.errors.noSuchPage}
      </Title>
      <Text>
        <RoutedAnchor to="/contacts" underline="always">
          {texts.navigation.contacts}
        </RoutedAnchor>
      </Text>
    </Stack>
  );
}

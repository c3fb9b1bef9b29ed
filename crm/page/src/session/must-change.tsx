import { Center, Paper, Stack, Text, Title } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { doorTexts } from '../../../../web/page/sign-in/door-texts.ts';
import { PasswordForm } from '../../../../web/page/sign-in/password-form.tsx';
import { KEYS } from '../api/query-client.ts';
import { errorText, sayDone, sayError } from '../app/say-error.ts';
import { signOut } from './session.ts';

/** What stands before the page for a user whose password an administrator gave. */
export function MustChange(): ReactNode {
  const client = useQueryClient();
  const done = (): void => {
    sayDone(doorTexts.changed);
    void client.invalidateQueries({ queryKey: [KEYS.session] });
  };
  return (
    <Center component="main" mih="100vh" p="md">
      <Paper withBorder shadow="sm" p="xl" w="100%" maw={440} radius="lg">
        <Stack>
          <Title order={1} size="h3">
            {doorTexts.changeTitle}
          </Title>
          <Text>{doorTexts.mustChange}</Text>
          <PasswordForm done={done} leave={() => void signOut().catch(sayError)} leaveText={doorTexts.signOut} errorText={errorText} />
        </Stack>
      </Paper>
    </Center>
  );
}

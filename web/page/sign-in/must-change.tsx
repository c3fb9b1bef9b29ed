import { Center, Paper, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Notices } from '../notices.ts';
import { doorTexts } from './door-texts.ts';
import { PasswordForm } from './password-form.tsx';

/** What stands before a page for a user whose password an administrator gave. `changed` reads anew who is signed in. */
export function MustChange({
  changed,
  signOut,
  notices: { errorText, sayDone, sayError },
}: {
  readonly changed: () => void;
  readonly signOut: () => Promise<void>;
  readonly notices: Notices;
}): ReactNode {
  const done = (): void => {
    sayDone(doorTexts.changed);
    changed();
  };
  return (
    <Center component="main" mih="100vh" p="md" className="door">
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

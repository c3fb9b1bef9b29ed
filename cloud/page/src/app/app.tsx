import { Center, Loader } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Door } from '../../../../web/page/sign-in/door.tsx';
import { MustChange } from '../../../../web/page/sign-in/must-change.tsx';
import { EmployeeContext, sessionQuery, signIn, signOut } from '../session/session.ts';
import { texts } from '../texts/texts.ts';
import { errorText, sayDone, sayError } from './say-error.ts';
import { Shell } from './shell.tsx';

/** The page for who is signed in; the door for everybody else. */
export function App(): ReactNode {
  const session = useQuery(sessionQuery);
  if (session.isPending) {
    return (
      <Center component="main" mih="100vh">
        <Loader aria-label={texts.common.loading} />
      </Center>
    );
  }
  if (session.data == null) return <Door title={texts.appName} hint={texts.doorHint} signIn={signIn} errorText={errorText} />;
  if (session.data.mustChangePassword)
    return <MustChange changed={() => void session.refetch()} signOut={signOut} notices={{ errorText, sayDone, sayError }} />;
  return (
    <EmployeeContext value={session.data}>
      <Shell />
    </EmployeeContext>
  );
}

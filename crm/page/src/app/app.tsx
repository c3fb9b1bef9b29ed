import { Center, Loader } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { readSession, SessionContext, signOut } from '../session/session.ts';
import { MustChange } from '../../../../web/page/sign-in/must-change.tsx';
import { SignIn } from '../session/sign-in.tsx';
import { KEYS } from '../api/query-client.ts';
import { texts } from '../texts/texts.ts';
import { router } from './router.tsx';
import { errorText, sayDone, sayError } from './say-error.ts';

/** The page for who is signed in; the door for everybody else. */
export function App(): ReactNode {
  const session = useQuery({ queryKey: [KEYS.session], queryFn: readSession, staleTime: 60_000 });
  if (session.isPending) {
    return (
      <Center component="main" mih="100vh">
        <Loader aria-label={texts.common.loading} />
      </Center>
    );
  }
  if (session.data == null) return <SignIn />;
  if (session.data.mustChangePassword)
    return <MustChange changed={() => void session.refetch()} signOut={signOut} notices={{ errorText, sayDone, sayError }} />;
  return (
    <SessionContext value={session.data}>
      <RouterProvider router={router} />
    </SessionContext>
  );
}

import { createContext, use } from 'react';
import { TidegateError } from '../../../../exchange/errors.ts';
import { may, type Permission } from '../../../users/roles.ts';
import type { CurrentUser } from '../api/answers.ts';
import { KEYS, queryClient } from '../api/query-client.ts';
import { request } from '../api/request.ts';

/** Who is signed in, for every part of the page. */
export const SessionContext = createContext<CurrentUser | null>(null);

/** Who is signed in; null for nobody. */
export async function readSession(): Promise<CurrentUser | null> {
  try {
    return (await request<{ user: CurrentUser }>('GET', 'session')).user;
  } catch (error) {
    if (error instanceof TidegateError && error.code === 'not-signed-in') return null;
    throw error;
  }
}

/** Signs in. Throws `sign-in-failed`, `too-many-attempts`. */
export async function signIn(email: string, password: string): Promise<void> {
  const { user } = await request<{ user: CurrentUser }>('POST', 'session', { email, password });
  queryClient.setQueryData([KEYS.session], user);
}

/** Signs out and forgets what was read. */
export async function signOut(): Promise<void> {
  await request('DELETE', 'session');
  queryClient.setQueryData([KEYS.session], null);
  queryClient.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== KEYS.session });
}

/** The user, in parts of the page that only a signed-in user sees. */
export function useUser(): CurrentUser {
  const user = use(SessionContext);
  if (user === null) throw new TidegateError('not-signed-in');
  return user;
}

/** Whether the user may do something. The API refuses it otherwise; this only hides what would be refused. */
export function useMay(permission: Permission): boolean {
  return may(useUser().role, permission);
}

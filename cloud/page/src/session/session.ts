import { QueryCache, QueryClient } from '@tanstack/react-query';
import { createContext, use } from 'react';
import { TidegateError } from '../../../../exchange/errors.ts';
import { request } from '../../../../web/page/request.ts';
import { employeeMay, type EmployeeRight, type EmployeeRole } from '../../../employees/roles.ts';

/** Who is signed in. */
export interface Employee {
  readonly tenant: string;
  readonly email: string;
  readonly name: string;
  readonly role: EmployeeRole;
  /** The password was given by an administrator. */
  readonly mustChangePassword: boolean;
}

/** Key of who is signed in. */
export const SESSION_KEY = ['session'];

/** How long after a read that failed it is tried again, in milliseconds. */
const AGAIN_MS = 3000;

/** What the API answered, kept for the page. A session that is over is noticed at whatever fails first. */
export const queryClient: QueryClient = new QueryClient({
  queryCache: new QueryCache({
    onError: (error, query) => {
      if (error instanceof TidegateError && error.code === 'not-signed-in' && query.queryKey[0] !== SESSION_KEY[0]) queryClient.setQueryData(SESSION_KEY, null);
    },
  }),
  defaultOptions: {
    queries: {
      // What could not be read for a reason that passes is read again until it can be.
      refetchInterval: ({ state: { error } }) => error instanceof TidegateError && error.retryable && AGAIN_MS,
      retry: (failures, error) => failures < 2 && error instanceof TidegateError && error.retryable,
      staleTime: 2000,
      refetchOnWindowFocus: true,
    },
  },
});

/** Who is signed in, for every part of the page. */
export const EmployeeContext = createContext<Employee | null>(null);

/** Reads who is signed in; null for nobody. */
export const sessionQuery = {
  queryKey: SESSION_KEY,
  queryFn: async (): Promise<Employee | null> => {
    try {
      return (await request<{ user: Employee }>('GET', 'session')).user;
    } catch (error) {
      if (error instanceof TidegateError && error.code === 'not-signed-in') return null;
      throw error;
    }
  },
  staleTime: 60_000,
};

/** Signs in. Throws `sign-in-failed`, `too-many-attempts`. */
export async function signIn(email: string, password: string): Promise<void> {
  queryClient.setQueryData(SESSION_KEY, (await request<{ user: Employee }>('POST', 'session', { email, password })).user);
}

/** Signs out and forgets what was read. */
export async function signOut(): Promise<void> {
  await request('DELETE', 'session');
  queryClient.setQueryData(SESSION_KEY, null);
  queryClient.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== SESSION_KEY[0] });
}

/** The employee, in parts of the page that only who is signed in sees. */
export function useEmployee(): Employee {
  const employee = use(EmployeeContext);
  if (employee === null) throw new TidegateError('not-signed-in');
  return employee;
}

/** Whether the employee has a right. The API refuses it otherwise; this only hides what would be refused. */
export function useEmployeeMay(right: EmployeeRight): boolean {
  return employeeMay(useEmployee().role, right);
}

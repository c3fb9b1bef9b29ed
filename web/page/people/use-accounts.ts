import { type UseMutationResult, useMutation, useQuery, useQueryClient, type UseQueryResult } from '@tanstack/react-query';
import { request } from '../request.ts';

/** Where the API has a page's users. */
export type AccountsPath = 'users' | 'employees';

/** A user of a page as administrators see it. */
export interface Account<Role extends string> {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  readonly disabledAt: string | null;
  readonly hasPassword: boolean;
  readonly identityProvider: string | null;
  readonly sessions: number;
}

/** What is done with users; some acts answer with a password that is shown once. */
export type AccountAct<Role extends string> =
  | { readonly act: 'add'; readonly email: string; readonly name: string; readonly role: Role }
  | { readonly act: 'role'; readonly id: string; readonly role: Role }
  | { readonly act: 'disable' | 'enable' | 'sign-out' | 'reset-password'; readonly id: string };

/** Key of what is known of the users; what is kept beneath it is read again after each act. */
export const ACCOUNTS_KEY = ['accounts'];

/** All users. */
export function useAccounts<Role extends string>(path: AccountsPath): UseQueryResult<readonly Account<Role>[]> {
  return useQuery({ queryKey: [...ACCOUNTS_KEY, 'list'], queryFn: async () => (await request<{ rows: readonly Account<Role>[] }>('GET', path)).rows });
}

/** Does something with a user and reads the list again. */
export function useAccountAct<Role extends string>(
  path: AccountsPath,
  onError: (error: Error) => void,
): UseMutationResult<Account<Role> & { readonly password?: string }, Error, AccountAct<Role>> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (wanted: AccountAct<Role>) => {
      if (wanted.act === 'add') return request('POST', path, { email: wanted.email, name: wanted.name, role: wanted.role });
      if (wanted.act === 'role') return request('PATCH', `${path}/${wanted.id}`, { role: wanted.role });
      return request('POST', `${path}/${wanted.id}/${wanted.act}`);
    },
    onError,
    onSettled: () => client.invalidateQueries({ queryKey: ACCOUNTS_KEY }),
  });
}

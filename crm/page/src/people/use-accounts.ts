import { type UseMutationResult, useMutation, useQuery, useQueryClient, type UseQueryResult } from '@tanstack/react-query';
import { notifications } from '@mantine/notifications';
import { TidegateError } from '../../../../exchange/errors.ts';
import { request } from '../../../../web/page/request.ts';
import type { Role } from '../../../users/roles.ts';
import { errorText } from '../app/say-error.ts';
import { texts } from '../texts/texts.ts';
import { peopleTexts } from './people-texts.ts';

/** A user as administrators see it. */
export interface Account {
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
export type UserAct =
  | { readonly act: 'add'; readonly email: string; readonly name: string; readonly role: Role }
  | { readonly act: 'role'; readonly id: string; readonly role: Role }
  | { readonly act: 'disable' | 'enable' | 'sign-out' | 'reset-password'; readonly id: string };

const KEY = ['accounts'];

/** All users. */
export function useAccounts(): UseQueryResult<readonly Account[]> {
  return useQuery({ queryKey: KEY, queryFn: async () => (await request<{ rows: readonly Account[] }>('GET', 'users')).rows });
}

/** Does something with a user and reads the list again. */
export function useUserAct(): UseMutationResult<Account & { readonly password?: string }, Error, UserAct> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (wanted: UserAct) => {
      if (wanted.act === 'add') return request('POST', 'users', { email: wanted.email, name: wanted.name, role: wanted.role });
      if (wanted.act === 'role') return request('PATCH', `users/${wanted.id}`, { role: wanted.role });
      return request('POST', `users/${wanted.id}/${wanted.act}`);
    },
    onError: (error) =>
      notifications.show({ color: 'red', title: texts.errors.title, message: accountErrorText(error), closeButtonProps: { 'aria-label': texts.common.close } }),
    onSettled: () => client.invalidateQueries({ queryKey: KEY }),
  });
}

/** What an error of the administration means, in the user's words. */
function accountErrorText(error: unknown): string {
  return (error instanceof TidegateError ? peopleTexts.errors[error.code] : undefined) ?? errorText(error);
}

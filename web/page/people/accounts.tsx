import { Alert, Button, Code, Group, Loader, Stack, Text, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { IconUserPlus } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import { TidegateError } from '../../../exchange/errors.ts';
import { Dialog } from '../dialog.tsx';
import { AccountActs, type SureAct } from './account-acts.tsx';
import { AccountTable } from './account-table.tsx';
import { AddAccount, type RoleChoice } from './add-account.tsx';
import { peopleTexts } from './people-texts.ts';
import { type Account, type AccountsPath, useAccountAct, useAccounts } from './use-accounts.ts';

/** What a page says around its users. */
export interface AccountWords {
  readonly title: string;
  readonly add: string;
  readonly close: string;
  readonly cancel: string;
  readonly loading: string;
  readonly retry: string;
  /** Title of what did not work. */
  readonly failed: string;
}

/** The users of a page: an administrator adds and changes them, who may look sees them. */
export function Accounts<Role extends string>({
  path,
  roles,
  usual,
  mayChange,
  words,
  errorText,
}: {
  readonly path: AccountsPath;
  readonly roles: readonly RoleChoice<Role>[];
  /** The role that is proposed for a new user. */
  readonly usual: Role;
  readonly mayChange: boolean;
  readonly words: AccountWords;
  readonly errorText: (error: unknown) => string;
}): ReactNode {
  const accounts = useAccounts<Role>(path);
  const act = useAccountAct<Role>(path, (error) => {
    const message = (error instanceof TidegateError ? peopleTexts.errors[error.code] : undefined) ?? errorText(error);
    notifications.show({ color: 'red', title: words.failed, message, closeButtonProps: { 'aria-label': words.close } });
  });
  const [adding, { open: openAdd, close: closeAdd }] = useDisclosure();
  const [asked, setAsked] = useState<{ readonly account: Account<Role>; readonly act: SureAct }>();
  const [given, setGiven] = useState<{ readonly email: string; readonly password: string }>();
  const showGiven = ({ email, password }: { email: string; password?: string }): void => {
    if (password !== undefined) setGiven({ email, password });
  };

  return (
    <Stack>
      <Group justify="space-between">
        <Title order={1} size="h2">
          {words.title}
        </Title>
        {mayChange && (
          <Button leftSection={<IconUserPlus size={16} aria-hidden />} onClick={openAdd}>
            {words.add}
          </Button>
        )}
      </Group>
      {accounts.isError && (
        <Alert color="red" title={words.failed} role="alert">
          <Group justify="space-between">
            <Text size="sm">{errorText(accounts.error)}</Text>
            <Button size="xs" variant="default" onClick={() => void accounts.refetch()}>
              {words.retry}
            </Button>
          </Group>
        </Alert>
      )}
      {accounts.isPending && <Loader aria-label={words.loading} />}
      {accounts.data !== undefined && (
        <AccountTable
          label={words.title}
          accounts={accounts.data}
          roles={roles}
          mayChange={mayChange}
          change={(account, role) => act.mutate({ act: 'role', id: account.id, role })}
          renderActs={(account) => (
            <AccountActs account={account} ask={(wanted) => setAsked({ account, act: wanted })} enable={() => act.mutate({ act: 'enable', id: account.id })} />
          )}
        />
      )}
      {adding && (
        <AddAccount
          title={words.add}
          roles={roles}
          usual={usual}
          words={words}
          opened={adding}
          close={closeAdd}
          busy={act.isPending}
          add={(user) =>
            act.mutate(
              { act: 'add', ...user },
              {
                onSuccess: (added) => {
                  closeAdd();
                  showGiven(added);
                },
              },
            )
          }
        />
      )}
      {asked !== undefined && (
        <Dialog closeText={words.close} opened close={() => setAsked(undefined)} title={peopleTexts.sure[asked.act](asked.account.name)}>
          <Stack>
            <Text>{peopleTexts.effect[asked.act]}</Text>
            <Group justify="flex-end">
              <Button variant="default" onClick={() => setAsked(undefined)} data-autofocus>
                {words.cancel}
              </Button>
              <Button
                loading={act.isPending}
                onClick={() => act.mutate({ act: asked.act, id: asked.account.id }, { onSuccess: showGiven, onSettled: () => setAsked(undefined) })}
              >
                {{ disable: peopleTexts.disable, 'sign-out': peopleTexts.signOut, 'reset-password': peopleTexts.reset }[asked.act]}
              </Button>
            </Group>
          </Stack>
        </Dialog>
      )}
      {given !== undefined && (
        <Dialog closeText={words.close} opened close={() => setGiven(undefined)} title={peopleTexts.given(given.email)}>
          <Stack>
            <Code fz="lg" p="sm">
              {given.password}
            </Code>
            <Text>{peopleTexts.givenHint}</Text>
            <Button onClick={() => setGiven(undefined)}>{peopleTexts.done}</Button>
          </Stack>
        </Dialog>
      )}
    </Stack>
  );
}

import { Badge, Button, Code, Group, Loader, Select, Stack, Table, Text, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconUserPlus } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import { Dialog } from '../parts/dialog.tsx';
import { type Role, roleSchema } from '../../../users/roles.ts';
import { ErrorView } from '../app/error-view.tsx';
import { useMay } from '../session/session.ts';
import { texts } from '../texts/texts.ts';
import { AddUser, ROLE_CHOICES } from './add-user.tsx';
import { peopleTexts } from './people-texts.ts';
import { type Account, useAccounts, useUserAct } from './use-accounts.ts';
import { UserActs, type SureAct } from './user-acts.tsx';

/** Users of this page: an administrator adds and changes them, an auditor sees them. */
export function Users(): ReactNode {
  const mayChange = useMay('administer-users');
  const accounts = useAccounts();
  const act = useUserAct();
  const [adding, { open: openAdd, close: closeAdd }] = useDisclosure();
  const [asked, setAsked] = useState<{ readonly account: Account; readonly act: SureAct }>();
  const [given, setGiven] = useState<{ readonly email: string; readonly password: string }>();
  const showGiven = ({ email, password }: { email: string; password?: string }): void => {
    if (password !== undefined) setGiven({ email, password });
  };

  return (
    <Stack>
      <Group justify="space-between">
        <Title order={1} size="h2">
          {peopleTexts.title}
        </Title>
        {mayChange && (
          <Button leftSection={<IconUserPlus size={16} aria-hidden />} onClick={openAdd}>
            {peopleTexts.add}
          </Button>
        )}
      </Group>
      {accounts.isError && <ErrorView error={accounts.error} retry={() => void accounts.refetch()} />}
      {accounts.isPending && <Loader aria-label={texts.common.loading} />}
      {accounts.data !== undefined && (
        <Table.ScrollContainer minWidth={760} type="native" tabIndex={0} role="region" aria-label={peopleTexts.title}>
          <Table>
            <Table.Thead>
              <Table.Tr>
                {[peopleTexts.name, peopleTexts.role, peopleTexts.state, peopleTexts.ways, peopleTexts.sessions].map((header) => (
                  <Table.Th key={header}>{header}</Table.Th>
                ))}
                {mayChange && <Table.Td />}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {accounts.data.map((account) => (
                <AccountRow key={account.id} account={account} mayChange={mayChange} change={(role) => act.mutate({ act: 'role', id: account.id, role })}>
                  <UserActs
                    account={account}
                    ask={(wanted) => setAsked({ account, act: wanted })}
                    enable={() => act.mutate({ act: 'enable', id: account.id })}
                  />
                </AccountRow>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      {adding && (
        <AddUser
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
        <Dialog opened close={() => setAsked(undefined)} title={peopleTexts.sure[asked.act](asked.account.name)}>
          <Stack>
            <Text>{peopleTexts.effect[asked.act]}</Text>
            <Group justify="flex-end">
              <Button variant="default" onClick={() => setAsked(undefined)}>
                {texts.common.cancel}
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
        <Dialog opened close={() => setGiven(undefined)} title={peopleTexts.given(given.email)}>
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

function AccountRow({
  account,
  mayChange,
  change,
  children,
}: {
  readonly account: Account;
  readonly mayChange: boolean;
  readonly change: (role: Role) => void;
  readonly children: ReactNode;
}): ReactNode {
  const { name, email, role, disabledAt, hasPassword, identityProvider, sessions } = account;
  return (
    <Table.Tr>
      <Table.Td className="breakable">
        <Text size="sm" fw={600}>
          {name}
        </Text>
        <Text size="xs" c="dimmed">
          {email}
        </Text>
      </Table.Td>
      <Table.Td>
        {mayChange ? (
          <Select
            size="xs"
            w={220}
            aria-label={peopleTexts.roleOf(name)}
            data={ROLE_CHOICES}
            allowDeselect={false}
            value={role}
            onChange={(wanted) => {
              const known = roleSchema.safeParse(wanted);
              if (known.success && known.data !== role) change(known.data);
            }}
          />
        ) : (
          texts.signIn.roles[role]
        )}
      </Table.Td>
      <Table.Td>
        <Badge color={disabledAt === null ? 'teal.9' : 'gray.7'}>{disabledAt === null ? peopleTexts.active : peopleTexts.disabled}</Badge>
      </Table.Td>
      <Table.Td className="breakable">
        {[...(hasPassword ? [peopleTexts.password] : []), ...(identityProvider === null ? [] : [identityProvider])].join(', ')}
      </Table.Td>
      <Table.Td className="number">{sessions}</Table.Td>
      {mayChange && <Table.Td>{children}</Table.Td>}
    </Table.Tr>
  );
}

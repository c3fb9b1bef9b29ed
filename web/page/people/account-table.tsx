import { Badge, Group, Paper, Select, Stack, Table, Text } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import type { ReactNode } from 'react';
import type { RoleChoice } from './add-account.tsx';
import { peopleTexts } from './people-texts.ts';
import type { Account } from './use-accounts.ts';

interface AccountTableProps<Role extends string> {
  readonly label: string;
  readonly accounts: readonly Account<Role>[];
  readonly roles: readonly RoleChoice<Role>[];
  readonly mayChange: boolean;
  readonly change: (account: Account<Role>, role: Role) => void;
  /** What can be done with one of them. */
  readonly renderActs: (account: Account<Role>) => ReactNode;
}

/** The users of a page: a table, and where that has no room one below the other. */
export function AccountTable<Role extends string>(props: AccountTableProps<Role>): ReactNode {
  const isNarrow = useMediaQuery('(max-width: 68em)', undefined, { getInitialValueInEffect: false });
  return isNarrow ? <Cards {...props} /> : <Rows {...props} />;
}

function Rows<Role extends string>({ label, accounts, mayChange, renderActs, ...others }: AccountTableProps<Role>): ReactNode {
  return (
    <Table aria-label={label}>
      <Table.Thead>
        <Table.Tr>
          {[peopleTexts.name, peopleTexts.role, peopleTexts.state, peopleTexts.ways].map((header) => (
            <Table.Th key={header}>{header}</Table.Th>
          ))}
          <Table.Th className="number">{peopleTexts.sessions}</Table.Th>
          {mayChange && <Table.Td />}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {accounts.map((account) => (
          <Table.Tr key={account.id}>
            <Table.Td className="breakable" miw={190}>
              <Who account={account} />
            </Table.Td>
            <Table.Td>
              <RoleOf account={account} mayChange={mayChange} {...others} />
            </Table.Td>
            <Table.Td>
              <State account={account} />
            </Table.Td>
            <Table.Td className="breakable">{waysOf(account)}</Table.Td>
            <Table.Td className="number">{account.sessions}</Table.Td>
            {mayChange && <Table.Td>{renderActs(account)}</Table.Td>}
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function Cards<Role extends string>({ label, accounts, mayChange, renderActs, ...others }: AccountTableProps<Role>): ReactNode {
  return (
    <Stack component="ul" gap="sm" p={0} m={0} aria-label={label} style={{ listStyle: 'none' }}>
      {accounts.map((account) => (
        <Paper key={account.id} component="li" withBorder p="sm">
          <Stack gap="xs">
            <Group justify="space-between" align="flex-start" wrap="nowrap">
              <div className="breakable">
                <Who account={account} />
              </div>
              {mayChange && renderActs(account)}
            </Group>
            <RoleOf account={account} mayChange={mayChange} {...others} />
            <Group gap="xs">
              <State account={account} />
              <Text size="xs" c="dimmed">
                {[...(waysOf(account) === '' ? [] : [`${peopleTexts.ways}: ${waysOf(account)}`]), `${peopleTexts.sessions}: ${account.sessions}`].join(' · ')}
              </Text>
            </Group>
          </Stack>
        </Paper>
      ))}
    </Stack>
  );
}

function Who({ account: { name, email } }: { readonly account: Account<string> }): ReactNode {
  return (
    <>
      <Text size="sm" fw={600}>
        {name}
      </Text>
      <Text size="xs" c="dimmed">
        {email}
      </Text>
    </>
  );
}

function RoleOf<Role extends string>({
  account,
  roles,
  mayChange,
  change,
}: { readonly account: Account<Role> } & Pick<AccountTableProps<Role>, 'roles' | 'mayChange' | 'change'>): ReactNode {
  if (!mayChange) return roles.find(({ value }) => value === account.role)?.label ?? account.role;
  return (
    <Select
      size="xs"
      maw={240}
      aria-label={peopleTexts.roleOf(account.name)}
      data={[...roles]}
      allowDeselect={false}
      value={account.role}
      onChange={(wanted) => {
        const known = roles.find(({ value }) => value === wanted);
        if (known !== undefined && known.value !== account.role) change(account, known.value);
      }}
    />
  );
}

function State({ account: { disabledAt } }: { readonly account: Account<string> }): ReactNode {
  return <Badge color={disabledAt === null ? 'teal.9' : 'gray.7'}>{disabledAt === null ? peopleTexts.active : peopleTexts.disabled}</Badge>;
}

/** What somebody signs in with. */
const waysOf = ({ hasPassword, identityProvider }: Account<string>): string =>
  [...(hasPassword ? [peopleTexts.password] : []), ...(identityProvider === null ? [] : [identityProvider])].join(', ');

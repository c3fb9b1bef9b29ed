import { AppShell, Burger, Group, NavLink, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconAddressBook, IconCalendarEvent, IconChecklist, IconTable } from '@tabler/icons-react';
import { type ReactNode, useEffect } from 'react';
import { Sign } from '../../../../web/page/sign.tsx';
import { useCollections } from '../records/collections.ts';
import { RecordList } from '../records/record-list.tsx';
import { TidegateError } from '../../../../exchange/errors.ts';
import { go, useAddress } from './address.ts';
import { ErrorView } from './error-view.tsx';
import { AccountMenu } from '../session/account-menu.tsx';
import { useEmployee } from '../session/session.ts';
import { collectionText, texts } from '../texts/texts.ts';

const ICONS: Readonly<Record<string, typeof IconTable>> = { contacts: IconAddressBook, appointments: IconCalendarEvent, tasks: IconChecklist };

/** The frame around every view: the tenant's collections, and who is signed in. */
export function Shell(): ReactNode {
  const { tenant } = useEmployee();
  const [opened, { toggle, close }] = useDisclosure();
  const { collection } = useAddress();
  useEffect(close, [collection, close]);
  const read = useCollections();
  const collections = read.data ?? [];
  const place = collections.find(({ name }) => name === collection);
  useEffect(() => {
    document.title = place === undefined ? texts.appName : `${collectionText(place.name)} · ${texts.appName}`;
  }, [place]);

  return (
    <AppShell header={{ height: 56 }} navbar={{ width: 220, breakpoint: 'sm', collapsed: { mobile: !opened } }} padding="md">
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap" gap="xs">
          <Group gap="sm" wrap="nowrap">
            <Burger opened={opened} onClick={toggle} hiddenFrom="sm" size="sm" aria-label={texts.navigation.open} aria-expanded={opened} />
            <Sign size={28} />
            <Text fw={650} truncate>
              {texts.appName} · {tenant}
            </Text>
          </Group>
          <AccountMenu />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label={texts.navigation.label}>
        {collections.map(({ name }) => {
          const Icon = ICONS[name] ?? IconTable;
          return (
            <NavLink
              key={name}
              href={`/${name}`}
              label={collectionText(name)}
              leftSection={<Icon size={20} stroke={1.6} aria-hidden />}
              active={name === place?.name}
              variant="filled"
              onClick={(event) => {
                event.preventDefault();
                go(name, {}, 'push');
              }}
            />
          );
        })}
      </AppShell.Navbar>
      <AppShell.Main>
        {read.isError && <ErrorView error={read.error} retry={() => void read.refetch()} />}
        {read.data !== undefined && place === undefined && <ErrorView error={new TidegateError('collection-unknown')} retry={() => void read.refetch()} />}
        {place !== undefined && <RecordList key={place.name} collection={place} />}
      </AppShell.Main>
    </AppShell>
  );
}

import { AppShell, Burger, Divider, Group, Loader, NavLink, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconAddressBook, IconCalendarEvent, IconChecklist, IconTable, IconUsers } from '@tabler/icons-react';
import { lazy, type ReactNode, Suspense, useEffect } from 'react';
import { Sign } from '../../../../web/page/sign.tsx';
import { useCollections } from '../records/collections.ts';
import { RecordList } from '../records/record-list.tsx';
import { isCalendar } from '../calendar/calendar-fields.ts';
import { TidegateError } from '../../../../exchange/errors.ts';
import { EMPLOYEES_PLACE, go, useAddress } from './address.ts';
import { ErrorView } from './error-view.tsx';
import { AccountMenu } from '../session/account-menu.tsx';
import { useEmployee, useEmployeeMay } from '../session/session.ts';
import { collectionText, texts } from '../texts/texts.ts';

const ICONS: Readonly<Record<string, typeof IconTable>> = { contacts: IconAddressBook, appointments: IconCalendarEvent, tasks: IconChecklist };

/* Not everybody needs them: loaded when they are. */
const Employees = lazy(async () => ({ default: (await import('../people/employees.tsx')).Employees }));
const RecordCalendar = lazy(async () => ({ default: (await import('../calendar/record-calendar.tsx')).RecordCalendar }));

/** The frame around every view: the tenant's collections, its employees for administrators, and who is signed in. */
export function Shell(): ReactNode {
  const { tenant } = useEmployee();
  const [opened, { toggle, close }] = useDisclosure();
  const { collection, view } = useAddress();
  const mayAdminister = useEmployeeMay('administer');
  const isEmployees = collection === EMPLOYEES_PLACE;
  useEffect(close, [collection, close]);
  const read = useCollections();
  const collections = read.data ?? [];
  const place = collections.find(({ name }) => name === collection);
  useEffect(() => {
    const title = isEmployees ? texts.employees.title : place === undefined ? undefined : collectionText(place.name);
    document.title = title === undefined ? texts.appName : `${title} · ${texts.appName}`;
  }, [place, isEmployees]);

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
        {mayAdminister && (
          <>
            <Divider my="xs" />
            <NavLink
              href={`/${EMPLOYEES_PLACE}`}
              label={texts.employees.title}
              leftSection={<IconUsers size={20} stroke={1.6} aria-hidden />}
              active={isEmployees}
              variant="filled"
              onClick={(event) => {
                event.preventDefault();
                go(EMPLOYEES_PLACE, {}, 'push');
              }}
            />
          </>
        )}
      </AppShell.Navbar>
      <AppShell.Main>
        {read.isError && <ErrorView error={read.error} retry={() => void read.refetch()} />}
        {isEmployees && !mayAdminister && <ErrorView error={new TidegateError('not-allowed')} retry={() => go('contacts', {}, 'push')} />}
        {read.data !== undefined && place === undefined && !isEmployees && (
          <ErrorView error={new TidegateError('collection-unknown')} retry={() => void read.refetch()} />
        )}
        <Suspense fallback={<Loader aria-label={texts.common.loading} />}>
          {isEmployees && mayAdminister && <Employees />}
          {place !== undefined && view === 'calendar' && isCalendar(place) && <RecordCalendar key={place.name} collection={place} />}
        </Suspense>
        {place !== undefined && !(view === 'calendar' && isCalendar(place)) && <RecordList key={place.name} collection={place} />}
      </AppShell.Main>
    </AppShell>
  );
}

import { Alert, AppShell, Box, Burger, Button, Group, Kbd, Text, VisuallyHidden } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import {
  IconAddressBook,
  IconBuilding,
  IconCalendarEvent,
  IconChecklist,
  IconDashboard,
  IconPlugConnectedX,
  IconRefresh,
  IconSearch,
  IconUsers,
} from '@tabler/icons-react';
import { Outlet, useRouterState } from '@tanstack/react-router';
import { type ReactNode, useEffect } from 'react';
import { useServerEvents } from '../api/server-events.ts';
import { may, type Permission } from '../../../users/roles.ts';
import { AlarmBell } from '../console/alarm-bell.tsx';
import { openSearch, SearchEverything } from '../search/search-everything.tsx';
import { useUser } from '../session/session.ts';
import { UserMenu } from '../session/user-menu.tsx';
import { LastProven } from '../synchronisation/last-proven.tsx';
import { texts } from '../texts/texts.ts';
import { RoutedNavLink } from './routed.tsx';
import { Sign } from '../../../../web/page/sign.tsx';

const PLACES = [
  { to: '/contacts', label: texts.navigation.contacts, Icon: IconAddressBook },
  { to: '/accounts', label: texts.navigation.accounts, Icon: IconBuilding },
  { to: '/appointments', label: texts.navigation.appointments, Icon: IconCalendarEvent },
  { to: '/tasks', label: texts.navigation.tasks, Icon: IconChecklist },
  { to: '/synchronisation', label: texts.navigation.synchronisation, Icon: IconRefresh },
  { to: '/console', label: texts.navigation.console, Icon: IconDashboard },
  { to: '/users', label: texts.people.title, Icon: IconUsers, permission: 'read-users' },
] as const satisfies readonly { readonly to: string; readonly label: string; readonly Icon: unknown; readonly permission?: Permission }[];

/** The frame around every view: where one is, how far the cloud is proved complete, whether the server is heard, and who is signed in. */
export function Shell(): ReactNode {
  const isHeard = useServerEvents();
  const [opened, { toggle, close }] = useDisclosure();
  const path = useRouterState({ select: (state) => state.location.pathname });
  useEffect(close, [path, close]);
  const { role } = useUser();
  const places = PLACES.filter((each) => may(role, 'permission' in each ? each.permission : 'read'));
  const place = PLACES.find(({ to }) => path.startsWith(to));
  useEffect(() => {
    document.title = place === undefined ? texts.appName : `${place.label} · ${texts.appName}`;
  }, [place]);

  return (
    <AppShell header={{ height: 56 }} navbar={{ width: 220, breakpoint: 'sm', collapsed: { mobile: !opened } }} padding="md">
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap" gap="xs">
          <Group gap="sm" wrap="nowrap">
            <Burger opened={opened} onClick={toggle} hiddenFrom="sm" size="sm" aria-label={texts.navigation.open} aria-expanded={opened} />
            <Sign size={28} />
            <Text fw={650} visibleFrom="sm">
              {texts.appName}
            </Text>
          </Group>
          <Button
            variant="default"
            className="search-button"
            leftSection={<IconSearch size={16} aria-hidden />}
            rightSection={
              <Kbd size="xs" visibleFrom="md" aria-hidden>
                Ctrl K
              </Kbd>
            }
            onClick={openSearch}
          >
            <Text span size="sm" visibleFrom="md">
              {texts.search.open}
            </Text>
            <Box component="span" hiddenFrom="md">
              <VisuallyHidden>{texts.search.open}</VisuallyHidden>
            </Box>
          </Button>
          <Group gap="md" wrap="nowrap">
            <AlarmBell />
            <LastProven />
            <UserMenu />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label={texts.navigation.label}>
        {places.map(({ to, label, Icon }) => (
          <RoutedNavLink key={to} to={to} label={label} leftSection={<Icon size={20} stroke={1.6} aria-hidden />} active={to === place?.to} variant="filled" />
        ))}
      </AppShell.Navbar>
      <AppShell.Main>
        {!isHeard && (
          <Alert color="yellow" icon={<IconPlugConnectedX />} mb="md" role="status">
            {texts.errors.notHeard}
          </Alert>
        )}
        <Outlet />
      </AppShell.Main>
      <SearchEverything />
    </AppShell>
  );
}

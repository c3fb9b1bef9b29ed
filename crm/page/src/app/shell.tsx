import { Alert, Box, Button, Group, Kbd, Text, VisuallyHidden } from '@mantine/core';
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
import type { ReactNode } from 'react';
import { PageFrame } from '../../../../web/page/page-frame.tsx';
import { useServerEvents } from '../api/server-events.ts';
import { may, type Permission } from '../../../users/roles.ts';
import { AlarmBell } from '../console/alarm-bell.tsx';
import { openSearch, SearchEverything } from '../search/search-everything.tsx';
import { useUser } from '../session/session.ts';
import { UserMenu } from '../session/user-menu.tsx';
import { LastProven } from '../synchronisation/last-proven.tsx';
import { texts } from '../texts/texts.ts';
import { RoutedNavLink } from './routed.tsx';

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
  const path = useRouterState({ select: (state) => state.location.pathname });
  const { role } = useUser();
  const places = PLACES.filter((each) => may(role, 'permission' in each ? each.permission : 'read'));
  const place = PLACES.find(({ to }) => path.startsWith(to));

  return (
    <PageFrame
      name={texts.appName}
      place={{ key: path, title: place?.label }}
      words={texts.navigation}
      isNameSpared
      middle={<SearchButton />}
      end={
        <Group gap="md" wrap="nowrap">
          <AlarmBell />
          <LastProven />
          <UserMenu />
        </Group>
      }
      places={places.map(({ to, label, Icon }) => (
        <RoutedNavLink key={to} to={to} label={label} leftSection={<Icon size={20} stroke={1.6} aria-hidden />} active={to === place?.to} variant="filled" />
      ))}
    >
      {!isHeard && (
        <Alert color="yellow" icon={<IconPlugConnectedX />} mb="md" role="status">
          {texts.errors.notHeard}
        </Alert>
      )}
      <Outlet />
      <SearchEverything />
    </PageFrame>
  );
}

function SearchButton(): ReactNode {
  return (
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
  );
}

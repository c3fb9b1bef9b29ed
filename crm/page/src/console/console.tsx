import { Stack, Tabs, Title } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useStatus } from '../api/use-status.ts';
import { texts } from '../texts/texts.ts';
import { ConflictTable } from './conflict-table.tsx';
import { RunTable } from './run-table.tsx';
import { SetAsideTable } from './set-aside-table.tsx';

/** What was done, and what needs somebody: runs with their books, records set aside, conflicts. Which one is shown stands in the address. */
export function Console(): ReactNode {
  const { data } = useStatus();
  const { tab = 'runs' } = useSearch({ strict: false }) as { readonly tab?: string };
  const navigate = useNavigate();
  const sum = (name: 'setAside' | 'conflicts'): number => (data?.collections ?? []).reduce((total, collection) => total + collection[name], 0);
  return (
    <Stack gap="lg">
      <Title order={1} size="h2">
        {texts.navigation.console}
      </Title>
      <Tabs value={tab} onChange={(value) => void navigate({ to: '.', search: { tab: value ?? 'runs' } as never, replace: true })} keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="runs">{texts.sync.runs}</Tabs.Tab>
          <Tabs.Tab value="set-aside">{`${texts.sync.setAside} (${sum('setAside')})`}</Tabs.Tab>
          <Tabs.Tab value="conflicts">{`${texts.sync.conflicts} (${sum('conflicts')})`}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="runs" pt="md">
          <RunTable />
        </Tabs.Panel>
        <Tabs.Panel value="set-aside" pt="md">
          <SetAsideTable />
        </Tabs.Panel>
        <Tabs.Panel value="conflicts" pt="md">
          <ConflictTable />
        </Tabs.Panel>
      </Tabs>
    </Stack>
  );
}

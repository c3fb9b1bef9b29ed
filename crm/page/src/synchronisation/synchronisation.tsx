import { Alert, Center, Loader, Stack, Text, Title } from '@mantine/core';
import { type ReactNode, useCallback, useState } from 'react';
import { useStatus } from '../api/use-status.ts';
import { ErrorView } from '../app/error-view.tsx';
import { RoutedAnchor } from '../app/routed.tsx';
import { texts } from '../texts/texts.ts';
import { CollectionTable } from './collection-table.tsx';
import { LinkAlerts } from './link-alerts.tsx';
import { PullProgress } from './pull-progress.tsx';
import { OptionsTable } from './options-table.tsx';
import { SyncActions } from './sync-actions.tsx';

/** How far synchronisation is, what was done, what needs somebody; and the orders that a user can give. */
export function Synchronisation(): ReactNode {
  const status = useStatus();
  const [pulled, setPulled] = useState<readonly string[]>([]);
  const [pulling, setPulling] = useState(false);
  const pullFinished = useCallback(() => setPulling(false), []);
  if (status.isError && status.data === undefined) return <ErrorView error={status.error} retry={() => void status.refetch()} />;
  if (status.data === undefined) {
    return (
      <Center h={200}>
        <Loader aria-label={texts.common.loading} />
      </Center>
    );
  }
  const { collections, links, schedulerReachable } = status.data;
  const sum = (name: 'setAside' | 'conflicts'): number => collections.reduce((total, collection) => total + collection[name], 0);
  return (
    <Stack gap="lg">
      <Title order={1} size="h2">
        {texts.sync.title}
      </Title>
      {!schedulerReachable && (
        <Alert color="yellow" role="status">
          {texts.sync.schedulerAway}
        </Alert>
      )}
      <LinkAlerts links={links} />
      <SyncActions
        links={links}
        pulling={pulling}
        onPull={(requests) => {
          setPulled(requests);
          setPulling(true);
        }}
      />
      {pulled.length > 0 && <PullProgress key={pulled.join()} requests={pulled} onFinished={pullFinished} dismiss={() => setPulled([])} />}
      <CollectionTable status={status.data} />
      <OptionsTable />
      <Text size="sm">
        <RoutedAnchor to="/console" search={{ tab: 'runs' }} underline="always">
          {texts.sync.more(sum('setAside') + sum('conflicts'))}
        </RoutedAnchor>
      </Text>
    </Stack>
  );
}

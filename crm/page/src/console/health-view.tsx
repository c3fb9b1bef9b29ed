import { Alert, Center, Loader, Paper, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { IconCircleCheck } from '@tabler/icons-react';
import { lazy, type ReactNode, Suspense } from 'react';
import type { Status } from '../api/answers.ts';
import { useStatus } from '../api/use-status.ts';
import { ErrorView } from '../app/error-view.tsx';
import { formatNumber } from '../app/format.ts';
import { RoutedAnchor } from '../app/routed.tsx';
import { CollectionTable } from '../synchronisation/collection-table.tsx';
import { LinkAlerts } from '../synchronisation/link-alerts.tsx';
import { texts } from '../texts/texts.ts';
import { AlarmList } from './alarm-list.tsx';
import type { Health } from './answers.ts';
import { useHealth } from './use-health.ts';

const words = texts.console.health;
const TrendCharts = lazy(async () => ({ default: (await import('./trend-charts.tsx')).TrendCharts }));

/** First of all whether everything is well: alarms, what waits for a human, how far each collection is, and how it went. */
export function HealthView(): ReactNode {
  const health = useHealth();
  const status = useStatus();
  const error = health.error ?? status.error;
  if (error !== null && (health.data === undefined || status.data === undefined))
    return <ErrorView error={error} retry={() => void Promise.all([health.refetch(), status.refetch()])} />;
  if (health.data === undefined || status.data === undefined) {
    return (
      <Center h={200}>
        <Loader aria-label={texts.common.loading} />
      </Center>
    );
  }
  return (
    <Stack gap="lg">
      <AlarmList alarms={health.data.alarms} />
      <LinkAlerts links={status.data.links} />
      {isWell(health.data, status.data) && (
        <Alert color="teal" icon={<IconCircleCheck />} role="status">
          {words.noAlarm}
        </Alert>
      )}
      <WaitingCards waiting={health.data.waiting} isHeld={isHeld(status.data)} />
      <div>
        <Title order={2} size="h4" mb="xs">
          {texts.sync.collections}
        </Title>
        <CollectionTable status={status.data} />
      </div>
      <Suspense fallback={<Loader aria-label={texts.common.loading} />}>
        <TrendCharts />
      </Suspense>
    </Stack>
  );
}

/** Whether nothing is overdue, and everything flows. */
export function isWell({ alarms, waiting }: Health, { links }: Status): boolean {
  return (
    alarms.length === 0 &&
    waiting.drifted + waiting.stopped === 0 &&
    links.every(({ state, refusal }) => state !== 'paused' && state !== 'stopped' && refusal === null)
  );
}

/** Whether something is stopped for what a user decides about. */
const isHeld = ({ collections }: Status): boolean => collections.some(({ approval, reverseApproval }) => approval !== null || reverseApproval !== null);

/** Where somebody sees to each kind of what waits. */
const PLACES = {
  approvals: 'approvals',
  conflicts: 'conflicts',
  setAside: 'set-aside',
  unconfirmed: null,
  drifted: null,
  stopped: 'approvals',
  differences: 'comparison',
  expiring: 'keys',
} as const satisfies Record<keyof Health['waiting'], string | null>;

function WaitingCards({ waiting, isHeld: held }: { readonly waiting: Health['waiting']; readonly isHeld: boolean }): ReactNode {
  const placeOf = (kind: keyof typeof PLACES): string | null => (kind === 'stopped' && !held ? null : PLACES[kind]);
  const kinds = (Object.keys(PLACES) as (keyof typeof PLACES)[]).filter((kind) => waiting[kind] > 0);
  return (
    <section aria-label={words.waiting}>
      <Title order={2} size="h4" mb="xs">
        {words.waiting}
      </Title>
      {kinds.length === 0 && (
        <Text size="sm" c="dimmed">
          {words.nothingWaits}
        </Text>
      )}
      <SimpleGrid cols={{ base: 1, xs: 2, md: 3, xl: 4 }} spacing="sm">
        {kinds.map((kind) => (
          <Paper key={kind} withBorder p="sm">
            <Text size="xl" fw={650}>
              {formatNumber(waiting[kind])}
            </Text>
            <Text size="sm">{words.kinds[kind]}</Text>
            <Text size="xs" c="dimmed" mb={4}>
              {words.helps[kind]}
            </Text>
            {placeOf(kind) !== null && (
              <RoutedAnchor
                to="/console"
                search={{ tab: placeOf(kind) } as never}
                size="sm"
                underline="always"
                aria-label={`${words.see}: ${words.kinds[kind]}`}
              >
                {words.see}
              </RoutedAnchor>
            )}
          </Paper>
        ))}
      </SimpleGrid>
    </section>
  );
}

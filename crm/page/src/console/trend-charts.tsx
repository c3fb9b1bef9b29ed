import '@mantine/charts/styles.css';
import { AreaChart, LineChart } from '@mantine/charts';
import { SimpleGrid, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { KEYS } from '../api/query-client.ts';
import { request } from '../api/request.ts';
import { ErrorView } from '../app/error-view.tsx';
import { formatNumber, formatShortTime } from '../app/format.ts';
import { Panel } from '../history/panel.tsx';
import { collectionName } from '../synchronisation/options-table.tsx';
import { texts } from '../texts/texts.ts';
import type { Trends } from './answers.ts';

const words = texts.console.trends;
const COLORS = ['tide.7', 'grape.6', 'orange.7', 'lime.7', 'indigo.6', 'pink.6'];
const SIZE = { h: 220, curveType: 'linear', withLegend: true, gridAxis: 'x', dataKey: 'time' } as const;

/** How much came through in the last day, and how far behind it was. Said in words as well: not everybody sees a line. */
export function TrendCharts(): ReactNode {
  const { data, error } = useQuery({
    queryKey: [KEYS.status, 'trends'],
    queryFn: () => request<Trends>('GET', 'trends'),
    refetchInterval: 60_000,
    staleTime: 30_000,
  });
  if (error !== null) return <ErrorView error={error} />;
  if (data === undefined) return null;
  const volume = data.volume.map(({ at, forward, reverse }) => ({ time: formatShortTime(at), forward, reverse }));
  const total = (way: 'forward' | 'reverse'): number => data.volume.reduce((sum, sample) => sum + sample[way], 0);
  const collections = Object.keys(data.lag.at(-1)?.lagMs ?? {});
  const lag = data.lag.map(({ at, lagMs }) => ({ time: formatShortTime(at), ...mapValues(lagMs, (ms) => ms / 1000) }));
  const greatest = Math.max(0, ...data.lag.flatMap(({ lagMs }) => Object.values(lagMs))) / 1000;
  return (
    <SimpleGrid cols={{ base: 1, lg: 2 }}>
      <Panel title={words.volume}>
        <AreaChart
          {...SIZE}
          data={volume}
          withDots={false}
          valueFormatter={formatNumber}
          series={[
            { name: 'forward', label: texts.sync.run.directions.forward, color: 'tide.7' },
            { name: 'reverse', label: texts.sync.run.directions.reverse, color: 'grape.6' },
          ]}
        />
        <Text size="sm" mt="xs">
          {words.volumeText(formatNumber(total('forward')), formatNumber(total('reverse')))}
        </Text>
      </Panel>
      <Panel title={words.lag}>
        {lag.length < 2 ? (
          <Text size="sm" c="dimmed">
            {words.noLag}
          </Text>
        ) : (
          <>
            <LineChart
              {...SIZE}
              data={lag}
              unit=" s"
              withDots={lag.length < 30}
              series={collections.map((name, i) => ({ name, label: collectionName(name), color: COLORS[i % COLORS.length] ?? 'tide.7' }))}
            />
            <Text size="sm" mt="xs">
              {words.lagText(formatNumber(Math.round(greatest)))}
            </Text>
          </>
        )}
      </Panel>
    </SimpleGrid>
  );
}

function mapValues(values: Readonly<Record<string, number>>, change: (value: number) => number): Record<string, number> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value)]));
}

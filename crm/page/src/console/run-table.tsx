import { Anchor, Badge, Table, Text } from '@mantine/core';
import { IconExternalLink } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { Run } from '../api/answers.ts';
import { KEYS } from '../api/query-client.ts';
import { request } from '../api/request.ts';
import { ErrorView } from '../app/error-view.tsx';
import { formatClock, formatLag, formatNumber } from '../app/format.ts';
import { texts } from '../texts/texts.ts';
import { ScrolledTable } from '../parts/scrolled-table.tsx';

const words = texts.sync.run;
const COLORS = { running: 'blue.9', completed: 'teal.9', failed: 'red.9', refused: 'red.9' } as Readonly<Record<string, string>>;
const BOOKS = ['offered', 'applied', 'unchanged', 'conflicted', 'quarantined', 'filtered'] as const;

const wordOf = (names: object, name: string): string => (names as Readonly<Record<string, string>>)[name] ?? name;

/** The latest runs with their books. */
export function RunTable(): ReactNode {
  const { data, error } = useQuery({
    queryKey: [KEYS.status, 'runs'],
    queryFn: () => request<{ rows: Run[] }>('GET', 'runs?size=20'),
    placeholderData: keepPreviousData,
  });
  if (error !== null) return <ErrorView error={error} />;
  if (data?.rows.length === 0) return <Text c="dimmed">{texts.sync.noRuns}</Text>;
  const head = [words.started, words.direction, words.state, ...BOOKS.map((name) => `#${words[name]}`), `#${words.duration}`];
  return (
    <ScrolledTable label={texts.sync.runs} minWidth={900} head={head}>
      {data?.rows.map((run) => (
        <Table.Tr key={run.id}>
          <Table.Td className="nowrap">
            {run.url === null ? (
              formatClock(run.startedAt)
            ) : (
              <Anchor href={run.url} target="_blank" rel="noreferrer" size="sm" aria-label={`${formatClock(run.startedAt)}: ${texts.sync.openRun}`}>
                {formatClock(run.startedAt)} <IconExternalLink size={14} aria-hidden />
              </Anchor>
            )}
          </Table.Td>
          <Table.Td className="nowrap">
            {wordOf(words.directions, run.direction)}
            <Text size="xs" c="dimmed">
              {[wordOf(words.triggers, run.trigger), run.requestedBy].filter(Boolean).join(', ')}
            </Text>
          </Table.Td>
          <Table.Td>
            <Badge color={COLORS[run.state] ?? 'gray.7'}>{wordOf(words.states, run.state)}</Badge>
            {run.errorCode !== null && (
              <Text size="xs" miw={140} maw={260} className="breakable">
                {run.errorDetail ?? ''} ({run.errorCode})
              </Text>
            )}
          </Table.Td>
          {BOOKS.map((name) => (
            <Table.Td key={name} className="number">
              {formatNumber(run.books[name])}
            </Table.Td>
          ))}
          <Table.Td className="number">
            {run.finishedAt === null ? '' : formatLag(Math.max(1, Date.parse(run.finishedAt) - Date.parse(run.startedAt)))}
          </Table.Td>
        </Table.Tr>
      ))}
    </ScrolledTable>
  );
}

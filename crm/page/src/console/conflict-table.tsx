import { Table, Text } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { Conflict, Page } from '../api/answers.ts';
import { KEYS } from '../api/query-client.ts';
import { request } from '../api/request.ts';
import { ErrorView } from '../app/error-view.tsx';
import { formatMoment } from '../app/format.ts';
import { texts } from '../texts/texts.ts';
import { RecordAnchor } from './record-anchor.tsx';
import { ScrolledTable } from '../parts/scrolled-table.tsx';

const words = texts.sync.clash;

/** Fields that both sides had changed: both values, and which one stayed. */
export function ConflictTable(): ReactNode {
  const { data, error } = useQuery({
    queryKey: [KEYS.status, 'conflicts'],
    queryFn: () => request<Page<Conflict>>('GET', 'conflicts'),
    placeholderData: keepPreviousData,
  });
  if (error !== null) return <ErrorView error={error} />;
  if (data?.rows.length === 0) return <Text c="dimmed">{texts.sync.noConflicts}</Text>;
  return (
    <>
      <ScrolledTable label={texts.sync.conflicts} minWidth={760} head={[words.record, words.field, words.crm, words.cloud, words.outcome, words.when]}>
        {data?.rows.map((row) => (
          <Table.Tr key={row.id}>
            <Table.Td>
              <RecordAnchor collection={row.collection} recordKey={row.key} />
            </Table.Td>
            <Table.Td>{row.field ?? texts.state.wholeRecord}</Table.Td>
            <Table.Td className="breakable">{valueText(row.crmValue)}</Table.Td>
            <Table.Td className="breakable">{valueText(row.cloudValue)}</Table.Td>
            <Table.Td className="nowrap">{(texts.sync.outcomes as Readonly<Record<string, string>>)[row.outcome] ?? row.outcome}</Table.Td>
            <Table.Td className="nowrap">
              {formatMoment(row.createdAt)}
              {row.actor !== null && (
                <Text size="xs" c="dimmed">
                  {row.actor}
                </Text>
              )}
            </Table.Td>
          </Table.Tr>
        ))}
      </ScrolledTable>
      {data !== undefined && data.total > data.rows.length && (
        <Text size="sm" c="dimmed">
          {texts.common.more(data.rows.length, data.total)}
        </Text>
      )}
    </>
  );
}

function valueText(value: unknown): string {
  if (value === null || value === undefined) return texts.common.none;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

import { Table, Text } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { Page, SetAside } from '../api/answers.ts';
import { KEYS } from '../api/query-client.ts';
import { request } from '../api/request.ts';
import { ErrorView } from '../app/error-view.tsx';
import { formatMoment } from '../app/format.ts';
import { texts } from '../texts/texts.ts';
import { RecordAnchor } from './record-anchor.tsx';
import { ScrolledTable } from '../parts/scrolled-table.tsx';

const words = texts.sync.aside;

/** Records that a store could not take, each with its reason. */
export function SetAsideTable(): ReactNode {
  const { data, error } = useQuery({
    queryKey: [KEYS.status, 'set-aside'],
    queryFn: () => request<Page<SetAside>>('GET', 'set-aside'),
    placeholderData: keepPreviousData,
  });
  if (error !== null) return <ErrorView error={error} />;
  if (data?.rows.length === 0) return <Text c="dimmed">{texts.sync.noSetAside}</Text>;
  return (
    <>
      <ScrolledTable label={texts.sync.setAside} minWidth={760} head={[words.record, words.direction, words.field, words.reason, words.since]}>
        {data?.rows.map((row) => (
          <Table.Tr key={row.id}>
            <Table.Td>
              <RecordAnchor collection={row.collection} recordKey={row.key} />
            </Table.Td>
            <Table.Td className="nowrap">{row.direction === 'forward' ? texts.sync.run.directions.forward : texts.sync.run.directions.reverse}</Table.Td>
            <Table.Td>{row.field ?? texts.state.wholeRecord}</Table.Td>
            <Table.Td className="breakable">
              {row.detail}{' '}
              <Text span size="xs" c="dimmed">
                {row.code}
              </Text>
            </Table.Td>
            <Table.Td className="nowrap">{formatMoment(row.createdAt)}</Table.Td>
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

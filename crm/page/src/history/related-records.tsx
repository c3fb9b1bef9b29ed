import { List, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { Page } from '../api/answers.ts';
import { KEYS } from '../api/query-client.ts';
import { queryString, request } from '../api/request.ts';
import { ErrorView } from '../app/error-view.tsx';
import { RoutedAnchor } from '../app/routed.tsx';
import { filterQuery } from '../records/filter-view.ts';
import type { RelatedList, Stored } from '../records/record-view.ts';
import { texts } from '../texts/texts.ts';
import { Panel } from './panel.tsx';
import { VIEWS } from './views.ts';

/** How many are named; the list itself shows the rest. */
const SHOWN = 8;

/** Records that belong to another (but for itself, among its like), the first of them by name, and the way to their list. */
export function RelatedRecords({ kind, title, filter, of }: RelatedList & { readonly of: string }): ReactNode {
  const view = VIEWS[kind];
  const parameters = { ...filterQuery(view.filters, filter), size: SHOWN };
  const { data, error } = useQuery({
    queryKey: [KEYS.records, kind, parameters],
    queryFn: () => request<Page<Stored>>('GET', `${kind}${queryString(parameters)}`),
  });
  return (
    <Panel
      title={title}
      aside={
        data !== undefined &&
        data.total > 0 && (
          <RoutedAnchor to={`/${kind}`} search={{ filter }} size="sm">
            {texts.history.all(texts.list.count(data.total, data.totalIs ?? 'exact'))}
          </RoutedAnchor>
        )
      }
    >
      {error !== null && <ErrorView error={error} />}
      {data?.total === 0 && (
        <Text size="sm" c="dimmed">
          {texts.common.nothingHere}
        </Text>
      )}
      <List listStyleType="none" spacing={4}>
        {data?.rows
          .filter(({ id }) => id !== of)
          .map((row) => (
            <List.Item key={row.id}>
              <RoutedAnchor to="/$kind/$id" params={{ kind, id: row.id }} size="sm" className="breakable">
                {view.nameOf(row)}
              </RoutedAnchor>
            </List.Item>
          ))}
      </List>
    </Panel>
  );
}

import { keepPreviousData, useQuery, type UseQueryResult } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import type { Page, State } from '../api/answers.ts';
import { KEYS } from '../api/query-client.ts';
import { queryString, request } from '../api/request.ts';
import { furthestStates } from './furthest-states.ts';
import type { ListSearch } from './list-search.ts';
import { wholeRow } from './whole-row.ts';
import type { KindName } from '../../../records/record-stores.ts';

/** What a list shows, out of the address, and how to change it. */
export function useListSearch(): { search: ListSearch; change: (changes: ListSearch, replace?: boolean) => void } {
  const search = useSearch({ strict: false }) as ListSearch;
  const navigate = useNavigate();
  const change = (changes: ListSearch, replace = false): void => {
    void navigate({ to: '.', search: (old: ListSearch) => ({ ...old, ...changes }), replace });
  };
  return { search, change };
}

/** One page of records, as the address wants it, with filters as the API takes them. The page before stays while the next is read. */
export function useRecords<Row>(
  kind: KindName,
  { search, sort, direction, page, size }: ListSearch,
  filters: Readonly<Record<string, string>>,
): UseQueryResult<Page<Row>> {
  const parameters = { search, sort, direction, page, size, ...filters };
  return useQuery({
    queryKey: [KEYS.records, kind, parameters],
    queryFn: async () => {
      const page = await request<Page<Row>>('GET', `${kind}${queryString(parameters)}`);
      return { ...page, rows: page.rows.map((row) => wholeRow(kind, row)) };
    },
    placeholderData: keepPreviousData,
  });
}

/** Where records stand on their way to the cloud, by id; on several links, the one that is furthest from being in step. */
export function useStates(collection: string | undefined, ids: readonly string[]): ReadonlyMap<string, State> {
  const { data } = useQuery({
    queryKey: [KEYS.states, collection, ids],
    queryFn: () => request<{ states: State[] }>('GET', `record-states${queryString({ collection, key: ids })}`),
    enabled: collection !== undefined && ids.length > 0,
    placeholderData: keepPreviousData,
  });
  return furthestStates(data?.states ?? []);
}

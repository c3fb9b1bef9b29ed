import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { KEYS } from '../api/query-client.ts';
import { request } from '../api/request.ts';
import { wholeRow } from './whole-row.ts';
import type { KindName } from '../../../records/record-stores.ts';

/** One record, as it stands now. Not kept when left: a form that began with an older version could only end in a conflict. */
export function useRecord<Row>(kind: KindName, id: string | undefined): UseQueryResult<Row> {
  return useQuery({
    queryKey: [KEYS.records, kind, 'one', id],
    queryFn: async ({ signal }) => wholeRow(kind, await request<Row>('GET', `${kind}/${id ?? ''}`, undefined, signal)),
    enabled: id !== undefined,
    staleTime: 0,
    gcTime: 0,
  });
}

import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import type { Status } from './answers.ts';
import { KEYS } from './query-client.ts';
import { request } from './request.ts';

/** How far synchronisation is. Events tell of changes; now and then it is read without, should they be lost. */
export function useStatus(): UseQueryResult<Status> {
  return useQuery({ queryKey: [KEYS.status, 'all'], queryFn: () => request<Status>('GET', 'status'), refetchInterval: 15_000, staleTime: 1000 });
}

/** Name of the collection that a table's records belong to; undefined where they are not synchronised. */
export function useCollectionOf(table: string): string | undefined {
  return useStatus().data?.collections.find((collection) => collection.table === table)?.collection;
}

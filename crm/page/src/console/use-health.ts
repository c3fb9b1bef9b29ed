import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { KEYS } from '../api/query-client.ts';
import { request } from '../api/request.ts';
import type { Health } from './answers.ts';

/** Alarms and what waits for a human. It is read anew without events: what does not happen sends none. */
export function useHealth(): UseQueryResult<Health> {
  return useQuery({ queryKey: [KEYS.status, 'health'], queryFn: () => request<Health>('GET', 'health'), refetchInterval: 15_000, staleTime: 1000 });
}

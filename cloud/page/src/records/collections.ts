import { keepPreviousData, useQuery, type UseQueryResult } from '@tanstack/react-query';
import { queryString, request } from '../../../../web/page/request.ts';

/** A field of a collection, and who may change it (cloud/records/describe-place.ts). */
export interface Field {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly access: 'open' | 'crm' | 'closed' | 'key' | 'rule';
  readonly made: boolean;
  readonly values?: readonly string[];
  readonly references?: string;
}

/** A collection of the tenant. */
export interface Collection {
  readonly name: string;
  readonly key: readonly string[];
  readonly fields: readonly Field[];
  readonly insertable: boolean;
  readonly deletable: boolean;
}

/** Texts by field; null for nothing. */
export type Values = Readonly<Record<string, string | null>>;

/** A record. */
export interface CloudRecord {
  readonly key: Readonly<Record<string, string>>;
  readonly version: string;
  readonly values: Values;
}

/** One page of a list; `total` stops counting above MAX_COUNTED. */
export interface RecordPage {
  readonly rows: readonly CloudRecord[];
  readonly total: number;
}

/** As far as the server counts. */
export const MAX_COUNTED = 10_000;

/** What a list shows. */
export interface ListQuery {
  readonly search: string;
  /** Fields, the first one first; none: the key. */
  readonly sort?: readonly string[] | undefined;
  readonly direction: 'asc' | 'desc';
  readonly page: number;
  readonly size: number;
}

/** The tenant's collections. */
export function useCollections(): UseQueryResult<readonly Collection[]> {
  return useQuery({
    queryKey: ['collections'],
    queryFn: async () => (await request<{ rows: readonly Collection[] }>('GET', 'collections')).rows,
    staleTime: 60_000,
  });
}

/** One page of a collection; the page before stays in sight while the next is read. */
export function useRecords(collection: string, query: ListQuery): UseQueryResult<RecordPage> {
  return useQuery({
    queryKey: ['records', collection, query],
    queryFn: () => request<RecordPage>('GET', `records/${collection}${queryString({ ...query })}`),
    placeholderData: keepPreviousData,
  });
}

/** One record, by its key as JSON. */
export function useRecord(collection: string, key: string | undefined): UseQueryResult<CloudRecord> {
  return useQuery({ queryKey: ['records', collection, 'one', key], queryFn: () => readOne(collection, key ?? ''), enabled: key !== undefined });
}

/** Reads one record, by its key as JSON. */
export const readOne = (collection: string, key: string): Promise<CloudRecord> => request('GET', `records/${collection}/one${queryString({ key })}`);

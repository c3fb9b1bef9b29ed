import { useQuery } from '@tanstack/react-query';
import type { KindName } from '../../../records/record-stores.ts';
import { KEYS } from '../api/query-client.ts';
import { queryString, request } from '../api/request.ts';
import type { Stored } from '../records/record-view.ts';
import { wholeRow } from '../records/whole-row.ts';
import { VIEWS } from './views.ts';

/** As many as the API answers at once. */
const MAX_IDS = 100;

type Rows = ReadonlyMap<string, Stored>;

/** What is asked for in the same moment, as by the rows of a table, goes in one request. */
interface Batch {
  readonly ids: Set<string>;
  readonly rows: Promise<Rows>;
}

const batches = new Map<KindName, Batch>();

async function readRow(kind: KindName, id: string): Promise<Stored | null> {
  let batch = batches.get(kind);
  if (batch === undefined || batch.ids.size >= MAX_IDS) batches.set(kind, (batch = beginBatch(kind)));
  batch.ids.add(id);
  return (await batch.rows).get(id) ?? null;
}

function beginBatch(kind: KindName): Batch {
  const ids = new Set<string>();
  const rows = new Promise((resolve) => setTimeout(resolve)).then(async (): Promise<Rows> => {
    if (batches.get(kind)?.ids === ids) batches.delete(kind);
    const answer = await request<{ rows: Stored[] }>('GET', `records-by-id/${kind}${queryString({ id: [...ids] })}`);
    return new Map(answer.rows.map((row) => [row.id, wholeRow(kind, row)]));
  });
  return { ids, rows };
}

/** What a record is called, where it is there and may be seen. */
export function useRecordName(kind: KindName | undefined, id: string): string | undefined {
  const { data } = useQuery({
    queryKey: [KEYS.records, kind, 'name', id],
    queryFn: () => (kind === undefined ? null : readRow(kind, id)),
    enabled: kind !== undefined,
  });
  return kind === undefined || data === undefined || data === null ? undefined : VIEWS[kind].nameOf(data as never);
}

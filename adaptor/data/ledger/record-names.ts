import { controlRow } from '../control-rows.ts';
import type { CollectionSource } from '../describe-collection.ts';
import type { Queryable } from '../pool.ts';

/** How a record is called: by the CRM's key, and by that on the wire, which ledger, quarantine and conflicts know. */
export interface RecordNames {
  readonly local: readonly string[];
  readonly wire: readonly string[];
}

/** Where each side makes keys of its own, a record goes by either. */
const NAMES = `
  select local_key as local, wire_key as wire from tidegate.record_link
   where link = $1 and collection = $2 and (local_key = $3 or wire_key = $3) order by local_key = $3 desc limit 1`;

/** The names of a record that is asked for by either of its keys; one that was never linked has the key it is asked by. */
export async function recordNames(client: Queryable, link: string, { name, identity }: CollectionSource, key: readonly string[]): Promise<RecordNames> {
  const same = { local: key, wire: key };
  if (identity.kind === 'shared') return same;
  return (await controlRow<RecordNames>(client, NAMES, [link, name, key])) ?? same;
}

import type { PoolClient } from 'pg';
import type { Books } from '../../../exchange/books.ts';
import { type ManifestClaims, MAX_SET_ASIDE, type SetAside } from '../../../exchange/claims.ts';
import { controlRows } from '../control-rows.ts';
import type { CollectionPlan } from '../plan.ts';

const RECORDS = `
  select key, code, field from tidegate.quarantine
   where link = $1 and collection = $2 and direction = 'forward' and state = 'waiting' and batch_id = $3
   order by id limit ${MAX_SET_ASIDE}`;

// Superseded in this transaction (now() is its beginning), and not set aside anew.
const TAKEN = `
  select distinct q.key from tidegate.quarantine q
   where q.link = $1 and q.collection = $2 and q.direction = 'forward' and q.state = 'superseded' and q.resolved_at = now()
     and not exists (select from tidegate.quarantine w
                      where w.link = q.link and w.collection = q.collection and w.direction = 'forward' and w.state = 'waiting' and w.key = q.key)
   limit ${MAX_SET_ASIDE}`;

/**
 * What the receipt of a forward window tells the CRM of records set aside, so that the reasons are known where the records
 * come from. `waited`: whether any record of the collection waited before. Runs in the transaction that applied the window.
 */
export async function readSetAside(
  client: PoolClient,
  plan: CollectionPlan,
  claims: ManifestClaims,
  books: Books,
  waited: boolean,
): Promise<SetAside | undefined> {
  if (claims.direction !== 'forward' || (books.quarantined === 0 && !waited)) return undefined;
  const channel = [plan.linkName, claims.collection];
  const records = await controlRows<SetAside['records'][number]>(client, RECORDS, [...channel, claims.batchId]);
  const taken = waited ? await controlRows<{ key: string[] }>(client, TAKEN, channel) : [];
  return records.length === 0 && taken.length === 0 ? undefined : { records, taken: taken.map(({ key }) => key) };
}

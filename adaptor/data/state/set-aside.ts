import type { PoolClient } from 'pg';
import type { SetAside } from '../../../exchange/claims.ts';
import { ERROR_CATALOGUE } from '../../../exchange/error-catalogue.ts';
import { isErrorCode } from '../../../exchange/errors.ts';
import { writeRequest } from '../control/sync-requests.ts';
import { waitingDependents } from '../quarantine/waiting-dependents.ts';

/** Of which batch a receipt tells. */
export interface ReceiptedRecords {
  readonly link: string;
  readonly collection: string;
  readonly ordinal: number;
  readonly batchId: string;
  readonly runId: string | null;
}

const RESOLVE = `
  update tidegate.quarantine q set state = 'superseded', resolved_at = now()
    from (select array(select jsonb_array_elements_text(k)) as key from jsonb_array_elements($3::jsonb) k) named
   where q.link = $1 and q.collection = $2 and q.direction = 'forward' and q.state = 'waiting' and q.key = named.key`;

const KEEP = `
  insert into tidegate.quarantine (link, collection, direction, key, ordinal, batch_id, run_id, op, code, field, detail, record, changed)
  select $1, $2, 'forward', array(select jsonb_array_elements_text(r -> 'key')), $4, $5::uuid, $6, 'U', r ->> 'code', r ->> 'field', r ->> 'detail', '{}', '*'
    from jsonb_array_elements($3::jsonb) r`;

/** What waits at the cloud for a parent of this collection is sent again, now that some of them were taken there. */
async function resendDependents(client: PoolClient, link: string, collection: string): Promise<void> {
  const records = await waitingDependents(client, link, collection, 'forward');
  if (records.length === 0) return;
  const reason = `A record of ${collection} was taken that others waited for.`;
  await writeRequest(client, { link, direction: 'forward', cause: 'repair', collections: [], records, requestedBy: null, reason });
}

/**
 * Keeps at the CRM what a receipt tells of records that the cloud set aside, and of those that it has taken since: the
 * reason stands where the record comes from. The record itself stays in the two stores. Runs in the receipt's transaction.
 */
export async function keepSetAside(
  client: PoolClient,
  { link, collection, ordinal, batchId, runId }: ReceiptedRecords,
  setAside: SetAside | undefined,
): Promise<void> {
  if (setAside === undefined) return;
  const { records, taken } = setAside;
  await client.query(RESOLVE, [link, collection, JSON.stringify([...taken, ...records.map(({ key }) => key)])]);
  if (taken.length > 0) await resendDependents(client, link, collection);
  if (records.length === 0) return;
  const told = records.map((record) => {
    const code = isErrorCode(record.code) ? record.code : 'constraint-violated';
    return { ...record, code, detail: ERROR_CATALOGUE[code].title };
  });
  await client.query(KEEP, [link, collection, JSON.stringify(told), ordinal, batchId, runId]);
}

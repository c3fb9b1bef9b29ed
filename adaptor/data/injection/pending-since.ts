import type { PoolClient } from 'pg';
import { preparedRow } from '../control-rows.ts';
import type { CollectionPlan } from '../plan.ts';

/** What the reverse windows hold that the CRM had applied when it cut a forward window. */
export interface Acknowledged {
  /** Last reverse window that is known here to be acknowledged. */
  readonly ordinal: number;
  /** Text of a `pg_snapshot`; null where nothing is acknowledged. */
  readonly snapshot: string | null;
  /** A later window that was cut for size: its snapshot and greatest key. */
  readonly partSnapshot: string | null;
  readonly partKey: string | null;
}

/**
 * Reads what is decided from a forward window's point of view. Not from the channel's cursor, where later windows are known: an
 * order may have moved it on, and the forward window would overwrite an edit with what the CRM held before it took it. Before
 * the first window of a generation the cursor is where that began.
 */
export async function readAcknowledged(client: PoolClient, plan: CollectionPlan, ordinal: number, generation: number): Promise<Acknowledged> {
  const row = await preparedRow<Acknowledged>(
    client,
    `with sent as (
       select w.ordinal, w.kind, w.from_snapshot, w.to_snapshot, nullif(w.to_key, '{}') as to_key from tidegate."window" w
       where w.link = $1 and w.collection = $2 and w.direction = 'reverse' and w.generation = $4 and w.state <> 'void'
     ), whole as (
       select ordinal, to_snapshot from sent where kind = 'delta' and ordinal <= $3 order by ordinal desc limit 1
     ), next as (
       select ordinal, from_snapshot from sent where ordinal > $3 order by ordinal limit 1
     ), part as (
       select to_snapshot, to_key from sent where kind = 'part' and ordinal <= $3 and ordinal > coalesce((select ordinal from whole), 0)
       order by ordinal desc limit 1
     )
     select c.ordinal, case when whole.ordinal is not null then whole.to_snapshot when next.ordinal is not null then next.from_snapshot else c.cursor end::text as snapshot,
            part.to_snapshot::text as "partSnapshot", part.to_key::text as "partKey"
     from tidegate.channel c left join whole on true left join next on true left join part on true
     where c.link = $1 and c.collection = $2 and c.direction = 'reverse'`,
    [plan.linkName, plan.definition.name, ordinal, generation],
  );
  return row ?? { ordinal: 0, snapshot: null, partSnapshot: null, partKey: null };
}

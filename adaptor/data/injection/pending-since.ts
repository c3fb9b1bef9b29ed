import type { PoolClient } from 'pg';
import { controlRow } from '../control-rows.ts';
import type { CollectionPlan } from '../plan.ts';

/** What the reverse windows hold that the CRM had applied when it cut a forward window. */
export interface Acknowledged {
  /** Text of a `pg_snapshot`; null where nothing is acknowledged. */
  readonly snapshot: string | null;
  /** A later window that was cut for size: its snapshot and greatest key. */
  readonly partSnapshot: string | null;
  readonly partKey: string | null;
}

/**
 * Reads what is decided from a forward window's point of view. Not from the channel's cursor: that may have moved on by a later
 * order, and the forward window would then overwrite an edit with what the CRM held before it took it.
 */
export async function readAcknowledged(client: PoolClient, plan: CollectionPlan, ordinal: number, generation: number): Promise<Acknowledged> {
  const row = await controlRow<Acknowledged>(
    client,
    `with acknowledged as (
       select w.ordinal, w.kind, w.to_snapshot::text as snapshot, nullif(w.to_key, '{}')::text as key from tidegate."window" w
       where w.link = $1 and w.collection = $2 and w.direction = 'reverse' and w.ordinal <= $3 and w.generation = $4 and w.state <> 'void'
       order by w.ordinal desc
     ), whole as (
       select * from acknowledged where kind = 'delta' limit 1
     )
     select (select snapshot from whole) as snapshot, part.snapshot as "partSnapshot", part.key as "partKey"
     from (select) one left join (
       select * from acknowledged where kind = 'part' and ordinal > coalesce((select ordinal from whole), 0) limit 1
     ) part on true`,
    [plan.linkName, plan.definition.name, ordinal, generation],
  );
  return row ?? { snapshot: null, partSnapshot: null, partKey: null };
}

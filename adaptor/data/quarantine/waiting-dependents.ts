import type { Direction } from '../../../exchange/names.ts';
import { controlRows } from '../control-rows.ts';
import type { Queryable } from '../pool.ts';

/** A record that waits for a parent. */
export interface WaitingDependent {
  readonly collection: string;
  /** Key in the CRM's table. */
  readonly key: readonly string[];
}

const MAX_DEPENDENTS = 2000;

// The registered definition that flows now says which collections refer to which.
const WAITING = `
  SELECT q.collection, coalesce(r.local_key, q.key) AS key
    FROM tidegate.quarantine q
    JOIN tidegate.channel c ON c.link = q.link AND c.collection = q.collection AND c.direction = 'forward'
    JOIN tidegate.registration g ON g.link = q.link AND g.collection = q.collection AND g.hash = c.schema_hash
    LEFT JOIN tidegate.record_link r ON r.link = q.link AND r.collection = q.collection AND r.wire_key = q.key
   WHERE q.link = $1 AND q.direction = $3 AND q.state = 'waiting' AND q.code = 'unknown-parent'
     AND EXISTS (SELECT FROM jsonb_array_elements(g.definition -> 'references') e WHERE e ->> 'collection' = $2)
   ORDER BY q.id LIMIT ${MAX_DEPENDENTS}`;

/** Records that wait for a parent of a collection, at the CRM (`reverse`) or at the cloud (`forward`). */
export async function waitingDependents(client: Queryable, link: string, parent: string, direction: Direction): Promise<readonly WaitingDependent[]> {
  return controlRows<WaitingDependent>(client, WAITING, [link, parent, direction]);
}

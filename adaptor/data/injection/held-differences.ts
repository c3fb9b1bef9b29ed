import { ALL_FIELDS, WIRE_LIST_SEPARATOR } from '../../../exchange/wire-row.ts';
import { controlRows } from '../control-rows.ts';
import type { PlannedDifference } from '../planning/plan-rows.ts';
import type { Queryable } from '../pool.ts';
import { literal } from '../quoting.ts';

// A record that goes is told in one row, as is one of which nothing came that may be shown; of a new record what it has, else what was
// changed. What is sealed stays so.
const DIFFERENCES = `
  WITH held AS (
    SELECT w.batch_id, w.collection, r.definition FROM tidegate.held_window w
      CROSS JOIN LATERAL (SELECT definition FROM tidegate.registration g WHERE g.link = w.link AND g.collection = w.collection ORDER BY g.registered_at DESC LIMIT 1) r
     WHERE w.batch_id = $1::uuid AND w.link = $2
  ), shown AS (
    SELECT h.collection, h.definition, r.* FROM held h JOIN tidegate.held_row r USING (batch_id) ORDER BY r.n LIMIT $3
  )
  SELECT s.collection, ARRAY(SELECT coalesce(s.record ->> k.field, '') FROM jsonb_array_elements_text(s.definition -> 'key') WITH ORDINALITY AS k (field, at) ORDER BY k.at) AS key,
         s.op, CASE WHEN s.code IS NOT NULL THEN 'quarantined' WHEN s.op = 'D' THEN 'delete' WHEN s.op = 'I' THEN 'insert' ELSE 'update' END AS outcome,
         f.name AS field, NULL::text AS before, s.record ->> f.name AS after, s.code
    FROM shown s
    LEFT JOIN LATERAL (
      SELECT d.field ->> 'name' AS name, d.at FROM jsonb_array_elements(s.definition -> 'fields') WITH ORDINALITY AS d (field, at)
       WHERE s.op <> 'D' AND d.field ->> 'sealed' IS DISTINCT FROM 'true'
         AND (d.field ->> 'name' = ANY (string_to_array(s.changed, ${literal(WIRE_LIST_SEPARATOR)}))
              OR s.changed = ${literal(ALL_FIELDS)} AND s.record ->> (d.field ->> 'name') IS NOT NULL)
    ) f ON true
   ORDER BY s.n, f.at`;

/** What a window that was set down would change, field by field in the form of the wire: of at most `limit` records. Holds values. */
export async function listHeldDifferences(client: Queryable, link: string, batchId: string, limit: number): Promise<readonly PlannedDifference[]> {
  return controlRows<PlannedDifference>(client, DIFFERENCES, [batchId, link, limit]);
}

import type { Side } from '../../../exchange/names.ts';

/** A channel that reads a store's change log: forward ones the CRM's, reverse ones the cloud's. */
export interface LogReader {
  /** Full name. */
  readonly link: string;
  readonly collection: string;
  /** The captured table. */
  readonly schema: string;
  readonly table: string;
  /** Whose rows it reads, where tenants share the table. */
  readonly tenant: string | null;
}

/** Channels `c` with a cursor that are none of the readers $1 in direction $2. */
export const UNNAMED = `c.direction = $2::text AND c.cursor IS NOT NULL
     AND NOT EXISTS (SELECT FROM jsonb_to_recordset($1::jsonb) p(link text, collection text) WHERE p.link = c.link AND p.collection = c.collection)`;

/** Which channels read the log of a store. */
export const readingDirection = (side: Side): 'forward' | 'reverse' => (side === 'crm' ? 'forward' : 'reverse');

/**
 * The readers $1 (JSON) in direction $2, as rows (source, tenant, link, collection, cursor, outdated). One that has no cursor yet
 * has acknowledged nothing.
 */
export const NAMED_READERS = `
  SELECT s.id AS source, p.tenant, p.link, p.collection, c.cursor, l.outdated_at IS NOT NULL AS outdated
    FROM jsonb_to_recordset($1::jsonb) p(link text, collection text, schema text, "table" text, tenant text)
    JOIN tidegate.source s ON s.schema_name = p.schema AND s.table_name = p."table"
    LEFT JOIN tidegate.channel c ON c.link = p.link AND c.collection = p.collection AND c.direction = $2::text
    LEFT JOIN tidegate.link l ON l.name = p.link`;

/**
 * The same with all other channels: they may be those of another worker, and of any table, so they keep what they have not
 * acknowledged, until they are forgotten (see mark-outdated.ts).
 */
export const READERS = `${NAMED_READERS}
  UNION ALL
  SELECT s.id, NULL, c.link, c.collection, c.cursor, l.outdated_at IS NOT NULL
    FROM tidegate.channel c JOIN tidegate.link l ON l.name = c.link CROSS JOIN tidegate.source s
   WHERE ${UNNAMED}`;

/**
 * Whether a reader `r` still needs a log row `g`. What its own link wrote into the cloud never goes back, so nothing
 * acknowledges it there.
 */
export const NEEDS = `
  g.source = r.source AND (r.tenant IS NULL OR g.key[1] IS NULL OR g.key[1] = r.tenant)
     AND ($2::text = 'forward' OR g.op = 'T' OR g.origin IS DISTINCT FROM r.link)
     AND NOT coalesce(pg_visible_in_snapshot(g.xid, r.cursor), false)`;

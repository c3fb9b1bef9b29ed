import { COLLECTION_STANDING, type CollectionStanding } from './collection-standing.ts';
import { controlRow, controlRows } from '../control-rows.ts';
import type { Queryable } from '../pool.ts';
import { literal, qualified } from '../quoting.ts';

/** A collection as its status is asked for: its table at the CRM and the condition of its rows (`true` where there is none). */
export interface StatusQuestion {
  readonly collection: string;
  readonly schema: string;
  readonly table: string;
  readonly condition: string;
}

/** State of one collection, as the command line shows it. Times are of the database's clock. */
export interface CollectionCount extends CollectionStanding {
  /** Records in the collection; an estimate above 200,000; null where the table is missing or may not be read. */
  readonly records: number | null;
  /** Records that are set aside. */
  readonly quarantined: number;
  /** When the last reverse message that orders this collection was issued, and what became of it. */
  readonly lastMessageAt: Date | null;
  readonly lastMessageState: string | null;
}

/** State of a link and its collections. */
export interface LinkStatus {
  readonly link: string;
  /** open, paused, stopped; null before it was first opened. */
  readonly state: string | null;
  readonly reason: string | null;
  readonly collections: readonly CollectionCount[];
}

/** Larger tables are estimated: counting takes a tenth of a second and more from here on. */
const MAX_COUNTED = 200_000;

/** Reads how a link and its collections stand, in few statements. */
export async function readLinkStatus(client: Queryable, link: string, questions: readonly StatusQuestion[]): Promise<LinkStatus> {
  const row = await controlRow<{ state: string; reason: string | null }>(client, 'select state, state_reason as reason from tidegate.link where name = $1', [
    link,
  ]);
  const columns = (['collection', 'schema', 'table'] as const).map((name) => questions.map((question) => question[name]));
  const standings = await controlRows<CollectionStanding>(client, COLLECTION_STANDING, [questions.map(() => link), ...columns]);
  const collections: CollectionCount[] = [];
  for (const [i, standing] of standings.entries()) {
    const question = questions[i];
    const { lastMessage, setAside } = standing;
    collections.push({
      ...standing,
      records: question === undefined ? null : await countRecords(client, question),
      quarantined: setAside,
      lastMessageAt: lastMessage === null ? null : new Date(lastMessage.issuedAt),
      lastMessageState: lastMessage?.state ?? null,
    });
  }
  return { link, state: row?.state ?? null, reason: row?.reason ?? null, collections };
}

async function countRecords(client: Queryable, { schema, table, condition }: StatusQuestion): Promise<number | null> {
  const name = qualified(schema, table);
  const known = await controlRow<{ estimate: number; readable: boolean }>(
    client,
    `select reltuples::float8 as estimate, has_any_column_privilege(oid, 'select') as readable from pg_class where oid = to_regclass(${literal(name)})`,
  );
  if (known === undefined || !known.readable) return null;
  if (known.estimate > MAX_COUNTED) return Math.round(known.estimate);
  return (await controlRow<{ records: number }>(client, `select count(*) as records from ${name} where ${condition}`))?.records ?? 0;
}

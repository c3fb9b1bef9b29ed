import { ident, qualified } from '../../adaptor/data/quoting.ts';
import { Prisma, type PrismaClient } from '../../prisma/generated/control/client.ts';
import type { NamedCollection } from './named-collection.ts';

/** Number of records of a collection; an estimate of PostgreSQL's statistics for large tables; null where the page may not read the table. */
export interface RecordCount {
  readonly records: number | null;
  readonly estimated: boolean;
}

/** Larger tables are estimated: counting takes a tenth of a second and more from here on. */
const MAX_COUNTED = 200_000;

/** How long a count serves, in milliseconds: the status is asked for every second or so. */
const FRESH_MS = 5000;

/** Counts records of collections, seldom enough to be asked often. */
export class RecordCounts {
  readonly #control: PrismaClient;
  readonly #known = new Map<string, { count: Promise<RecordCount>; at: number }>();

  constructor(control: PrismaClient) {
    this.#control = control;
  }

  /** The number of records of a collection, at most some seconds old. */
  async of(collection: NamedCollection): Promise<RecordCount> {
    const name = `${collection.link}/${collection.collection}`;
    const known = this.#known.get(name);
    const now = performance.now();
    if (known !== undefined && now - known.at < FRESH_MS) return known.count;
    const count = countRecords(this.#control, collection);
    this.#known.set(name, { count, at: now });
    count.catch(() => this.#known.delete(name));
    return count;
  }
}

async function countRecords(control: PrismaClient, { schema, table, filter }: NamedCollection): Promise<RecordCount> {
  const [known] = await control.$queryRaw<{ readable: boolean; estimate: number }[]>`
    select has_table_privilege(class.oid, 'select') and has_schema_privilege(class.relnamespace, 'usage') as readable,
           class.reltuples::float8 as estimate
      from pg_class as class
     where class.relnamespace = to_regnamespace(${ident(schema)}) and class.relname = ${table}`;
  if (known === undefined) return { records: null, estimated: false };
  if (known.estimate > MAX_COUNTED) return { records: Math.round(known.estimate), estimated: true };
  if (!known.readable) return { records: known.estimate < 0 ? null : known.estimate, estimated: true };
  const [counted] = await control.$queryRaw<{ records: number }[]>(
    Prisma.raw(`select count(*)::int as records from ${qualified(schema, table)} where (${filter})`),
  );
  return { records: counted?.records ?? 0, estimated: false };
}

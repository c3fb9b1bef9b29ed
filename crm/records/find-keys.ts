import { Prisma, type PrismaClient } from '../../prisma/generated/crm/client.ts';

/** Which page of which records is wanted. */
export interface Search {
  /** Words that all have to occur, in any case and in any of the searched columns; empty: all records. */
  readonly words: readonly string[];
  readonly sort: string;
  readonly direction: 'asc' | 'desc';
  /** From 1. */
  readonly page: number;
  readonly size: number;
}

/** Ids of a page, in order, and the number of all that were found. */
export interface FoundKeys {
  readonly ids: readonly string[];
  readonly total: number;
}

/** Tables that can be listed. */
export type SearchableTable = keyof typeof TABLES;

/** Values of a column of labelled values, as one text. */
const valuesOf = (column: string): string => `jsonb_path_query_array(${column}, '$[*].value')::text`;

/**
 * What is searched, and by what lists can be sorted (each ends with the id, so that pages don't overlap). Nothing here comes
 * from a request: these texts go into statements as they are.
 */
const TABLES = {
  'crm.accounts': { search: ['name'], sorts: { name: ['name'] } },
  'crm.contacts': {
    search: ['given_name', 'family_name', 'company', 'job_title', valuesOf('emails'), valuesOf('phones')],
    sorts: { name: ['family_name', 'given_name'], company: ['company'], jobTitle: ['job_title'], updatedAt: ['updated_at'] },
  },
  'crm.appointments': {
    search: ['summary', 'location', 'description'],
    sorts: { start: ['coalesce(starts_at, start_date)'], summary: ['summary'], location: ['location'], status: ['status'], updatedAt: ['updated_at'] },
  },
  'crm.tasks': {
    search: ['subject', 'description'],
    sorts: {
      dueDate: ['due_date', 'due_time'],
      subject: ['subject'],
      status: ['status'],
      // 1 is the highest priority, 0 is none.
      priority: [`nullif(priority, 0)`],
      updatedAt: ['updated_at'],
    },
  },
} as const satisfies Record<string, { search: readonly string[]; sorts: Readonly<Record<string, readonly string[]>> }>;

/** Names by which a table's records can be sorted; the first is the default. */
export function sortsOf(table: SearchableTable): readonly string[] {
  return Object.keys(TABLES[table].sorts);
}

/** Finds a page of records. `sort` has to be one of `sortsOf`. */
export async function findKeys(crm: PrismaClient, table: SearchableTable, { words, sort, direction, page, size }: Search): Promise<FoundKeys> {
  const { search, sorts }: { search: readonly string[]; sorts: Readonly<Record<string, readonly string[]>> } = TABLES[table];
  const from = Prisma.raw(table);
  const searched = Prisma.raw(`concat_ws(' ', ${search.join(', ')})`);
  const where =
    words.length === 0
      ? Prisma.empty
      : Prisma.sql`where ${Prisma.join(
          words.map((word) => Prisma.sql`${searched} ilike ${pattern(word)}`),
          ' and ',
        )}`;
  const order = Prisma.raw([...(sorts[sort] ?? []), 'id'].map((column) => `${column} ${direction === 'asc' ? 'asc' : 'desc nulls last'}`).join(', '));
  const [rows, [counted]] = await Promise.all([
    crm.$queryRaw<{ id: string }[]>`select id from ${from} ${where} order by ${order} limit ${size} offset ${(page - 1) * size}`,
    crm.$queryRaw<{ total: number }[]>`select count(*)::int as total from ${from} ${where}`,
  ]);
  return { ids: rows.map((row) => row.id), total: counted?.total ?? 0 };
}

/** The word anywhere; its own wildcards mean themselves. */
function pattern(word: string): string {
  return `%${word.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
}

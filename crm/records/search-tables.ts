/* What lists search and by what they sort. Nothing here comes from a request: these texts go into statements as they are. */

/** One expression by which a list is sorted. */
interface SortKey {
  readonly by: string;
  /** Never null: an index serves both directions. */
  readonly notNull?: true;
}

/** How a table is listed. */
export interface SearchTable {
  /** Text in small letters with a blank before each value; there is a trigram index on this very expression. */
  readonly search: string;
  /** Names by which lists can be sorted, texts whatever the size of their letters; the first is the default. Pages don't overlap: the id comes last. */
  readonly sorts: Readonly<Record<string, readonly SortKey[]>>;
  /** Those of them that an index serves, in both directions; by another the whole table is sorted. */
  readonly indexed: readonly string[];
}

const key = (by: string): SortKey => ({ by });
const notNull = (by: string): SortKey => ({ by, notNull: true });

const TABLES = {
  'crm.accounts': {
    search: 'crm.text_search(name, industry, website)',
    sorts: { name: [notNull('left(lower(name), 200)')], industry: [key('lower(industry)')], updatedAt: [notNull('updated_at')] },
    indexed: ['name'],
  },
  'crm.contacts': {
    search: 'crm.contact_search(given_name, family_name, company, job_title, emails, phones)',
    sorts: {
      name: [notNull('crm.contact_name(given_name, family_name, company)')],
      company: [key('lower(company)')],
      jobTitle: [key('lower(job_title)')],
      birthday: [key('birthday')],
      updatedAt: [notNull('updated_at')],
    },
    indexed: ['name', 'updatedAt'],
  },
  'crm.appointments': {
    search: 'crm.text_search(summary, location, description)',
    sorts: {
      start: [key('coalesce(starts_at, start_date)')],
      summary: [notNull('lower(summary)')],
      location: [key('lower(location)')],
      status: [notNull('status')],
      updatedAt: [notNull('updated_at')],
    },
    indexed: [],
  },
  'crm.tasks': {
    search: 'crm.text_search(subject, description, null)',
    sorts: {
      dueDate: [key('due_date'), key('due_time')],
      subject: [notNull('lower(subject)')],
      status: [notNull('status')],
      // 1 is the highest priority, 0 is none.
      priority: [key('nullif(priority, 0)')],
      updatedAt: [notNull('updated_at')],
    },
    indexed: [],
  },
} as const satisfies Record<string, SearchTable>;

/** Tables that can be listed. */
export type SearchableTable = keyof typeof TABLES;

/** How a table is listed. */
export function searchTable(table: SearchableTable): SearchTable {
  return TABLES[table];
}

/** Names by which a table's records can be sorted; the first is the default. */
export function sortsOf(table: SearchableTable): readonly string[] {
  return Object.keys(TABLES[table].sorts);
}

/** How a list is sorted: the expressions, and what follows `order by` over them or over columns `k0`, `k1`... and `id`. */
export interface ListOrder {
  readonly expressions: readonly string[];
  readonly byExpressions: string;
  readonly byColumns: string;
}

/**
 * The order of a list; `sort` has to be one of `sortsOf`. What is empty comes last, whichever way. `readable` makes of an
 * expression what the asking role may ask.
 */
export function listOrder(table: SearchableTable, sort: string, direction: 'asc' | 'desc', readable: (expression: string) => string = (by) => by): ListOrder {
  const keys = searchTable(table).sorts[sort] ?? [];
  const ending = (never: boolean): string => `${direction}${direction === 'desc' && !never ? ' nulls last' : ''}`;
  const text = (columns: readonly string[]): string =>
    [...columns.map((column, i) => `${column} ${ending(keys[i]?.notNull ?? false)}`), `id ${ending(true)}`].join(', ');
  const expressions = keys.map(({ by }) => readable(by));
  return { expressions, byExpressions: text(expressions), byColumns: text(keys.map((_, i) => `k${i}`)) };
}

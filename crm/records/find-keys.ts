import { ident } from '../../adaptor/data/quoting.ts';
import { Prisma } from '../../prisma/generated/crm/client.ts';
import { type ListOrder, listOrder, type SearchableTable, searchTable } from './search-tables.ts';
import { asReadable, type TableRights } from './table-rights.ts';

/** Which records are wanted. */
export interface Selection {
  /** Words that all have to occur, in any case and in any of the searched columns; empty: all records. */
  readonly words: readonly string[];
  /** Further conditions, of a kind's filters. */
  readonly conditions?: readonly Prisma.Sql[];
  /** What the asking role may read; left out: everything. */
  readonly rights?: TableRights | undefined;
}

/** Who is asked: a client, or a transaction in a user's name. */
type Asked = Pick<Prisma.TransactionClient, '$queryRaw'>;

/** Which page of which records is wanted. */
export interface Search extends Selection {
  readonly sort: string;
  readonly direction: 'asc' | 'desc';
  /** From 1. */
  readonly page: number;
  readonly size: number;
}

/** How a total is to be read: counted; an estimate of the store's statistics; or there are more. */
export type TotalKind = 'exact' | 'about' | 'at-least';

/** Ids of a page, in order, and the number of all that were found. */
export interface FoundKeys {
  readonly ids: readonly string[];
  readonly total: number;
  readonly totalIs: TotalKind;
}

/** Greatest number of records that is counted where nothing narrows them, or filters alone. */
export const MAX_COUNTED = 10_000;

/** Greatest number of records that a search counts, and sorts whole. */
export const MAX_SORTED = 3000;

/** So many records are looked at first, in the wanted order: words that many have are answered by them alone. */
const FIRST_LOOK = 1000;

/** Such a share of them means many: they need no counting. The planner cannot tell, for row level security hides statistics from it. */
const MANY = FIRST_LOOK / 20;

/** Matches are not spread evenly: so many times what a page should need is looked at. */
const AMPLE = 2;

/** Where a search finds more, so many records are walked in the wanted order first: most such words are met often enough. */
const MAX_WALKED = 15_000;

/** Finds a page of records. `sort` has to be one of `sortsOf`. */
export async function findKeys(crm: Asked, table: SearchableTable, search: Search): Promise<FoundKeys> {
  return search.words.length === 0 ? listKeys(crm, table, search) : searchKeys(crm, table, search);
}

/** Ids of all records that are selected, in no order; one more than `max` where there are more. */
export async function findAllKeys(crm: Asked, table: SearchableTable, selection: Selection, max: number): Promise<readonly string[]> {
  const rows = await crm.$queryRaw<{ id: string }[]>`select id from ${Prisma.raw(table)} where ${conditionOf(table, selection)} limit ${max + 1}`;
  return rows.map(({ id }) => id);
}

const readableBy =
  (rights: TableRights | undefined) =>
  (expression: string): string =>
    rights === undefined ? expression : asReadable(rights, expression);

/** A condition of the records that are selected. */
function conditionOf(table: SearchableTable, { words, conditions = [], rights }: Selection): Prisma.Sql {
  const text = Prisma.raw(readableBy(rights)(searchTable(table).search));
  const all = [...words.map((word) => Prisma.sql`${text} like ${pattern(word)}`), ...conditions];
  return all.length === 0 ? Prisma.sql`true` : Prisma.join(all, ' and ');
}

async function listKeys(crm: Asked, table: SearchableTable, search: Search): Promise<FoundKeys> {
  const [from, where] = [Prisma.raw(table), conditionOf(table, search)];
  const order = Prisma.raw(listOrder(table, search.sort, search.direction, readableBy(search.rights)).byExpressions);
  const [rows, [counted]] = await Promise.all([
    crm.$queryRaw<{ id: string }[]>`select id from ${from} where ${where} order by ${order} limit ${search.size} offset ${offsetOf(search)}`,
    crm.$queryRaw<{ total: number; estimate: number }[]>`
      select (select count(*)::int from (select from ${from} where ${where} limit ${MAX_COUNTED + 1}) as counted) as total,
             (select reltuples::float8 from pg_class where oid = to_regclass(${table})) as estimate`,
  ]);
  const { total, estimate } = counted ?? { total: 0, estimate: 0 };
  const ids = rows.map(({ id }) => id);
  if (total <= MAX_COUNTED) return { ids, total, totalIs: 'exact' };
  const isWhole = (search.conditions ?? []).length === 0 && estimate > MAX_COUNTED;
  return isWhole ? { ids, total: Math.round(estimate), totalIs: 'about' } : { ids, total: MAX_COUNTED, totalIs: 'at-least' };
}

/**
 * What very many have is found at the beginning of the list. What many have, by the share of it there, is looked for along the
 * wanted order, as far as a page should need: the index of words would be read for all of them, to learn that they are many. A
 * few finds are sorted whole. Only where many cluster elsewhere are all of them sorted. An order without an index costs a sort of the
 * table: whether the finds are few is then seen at the beginning of an order that has one.
 */
async function searchKeys(crm: Asked, table: SearchableTable, search: Search): Promise<FoundKeys> {
  const [from, where] = [Prisma.raw(table), conditionOf(table, search)];
  const order = listOrder(table, search.sort, search.direction, readableBy(search.rights));
  const { indexed } = searchTable(table);
  const columns = Prisma.raw(search.rights === undefined ? '*' : [...search.rights.readable].map(ident).join(', '));
  const keysOf = ({ expressions }: ListOrder): Prisma.Sql => Prisma.raw(expressions.map((expression, i) => `, ${expression} as k${i}`).join(''));
  const byColumns = Prisma.raw(order.byColumns);
  const page = Prisma.sql`limit ${search.size} offset ${offsetOf(search)}`;
  const look = async (records: number, walked = order): Promise<FirstRecords> => {
    const [found] = await crm.$queryRaw<FirstRecords[]>`
      with seen as materialized (
        select id${keysOf(walked)}, ${where} as hit from (select ${columns} from ${from} order by ${Prisma.raw(walked.byExpressions)} limit ${records}) as walked)
      select (select count(*)::int from seen) as looked, (select count(*)::int from seen where hit) as total,
             array(select id::text from seen where hit order by ${Prisma.raw(walked.byColumns)} ${page}) as ids,
             (select reltuples::float8 from pg_class where oid = to_regclass(${table})) as estimate`;
    return found ?? { looked: 0, total: 0, ids: [], estimate: 0 };
  };
  const [sample] = indexed.includes(search.sort) ? [] : indexed;
  const areFew = sample !== undefined && recordsFor(await look(FIRST_LOOK, listOrder(table, sample, 'asc', readableBy(search.rights))), search) === Infinity;
  if (!areFew) {
    const first = await look(FIRST_LOOK);
    if (first.looked < FIRST_LOOK) return { ids: first.ids, total: first.total, totalIs: 'exact' };
    if (first.total >= MANY && first.ids.length === search.size) return { ids: first.ids, total: first.total, totalIs: 'at-least' };
    const need = recordsFor(first, search);
    if (need <= MAX_WALKED) {
      const { ids, total } = await look(need);
      // One more than the page: there is a next one.
      if (total > offsetOf(search) + search.size) return { ids, total, totalIs: 'at-least' };
    }
  }
  const [few] = await crm.$queryRaw<{ total: number; ids: string[] }[]>`
    with found as materialized (select id${keysOf(order)} from ${from} where ${where} limit ${MAX_SORTED + 1})
    select (select count(*)::int from found) as total,
           array(select id::text from found order by ${byColumns} ${page}) as ids`;
  const { total, ids } = few ?? { total: 0, ids: [] };
  if (total <= MAX_SORTED) return { ids, total, totalIs: 'exact' };
  const many = { total: MAX_SORTED, totalIs: 'at-least' } as const;
  const walked = await crm.$queryRaw<{ id: string }[]>`
    select id from (select ${columns} from ${from} order by ${Prisma.raw(order.byExpressions)} limit ${MAX_WALKED}) as walked where ${where} ${page}`;
  if (walked.length === search.size) return { ...many, ids: walked.map(({ id }) => id) };
  const sorted = await crm.$queryRaw<{ id: string }[]>`
    with found as materialized (select id${keysOf(order)} from ${from} where ${where}) select id from found order by ${byColumns} ${page}`;
  return { ...many, ids: sorted.map(({ id }) => id) };
}

/** What the first records of a list have of a search. */
interface FirstRecords {
  /** So many were looked at; so many of them match. */
  readonly looked: number;
  readonly total: number;
  /** Those of the page. */
  readonly ids: readonly string[];
  /** Records of the table, by the store's statistics. */
  readonly estimate: number;
}

/** How many records of the list a page should need, by the share of matches among the first; infinite where matches should be few. */
function recordsFor({ looked, total, estimate }: FirstRecords, search: Search): number {
  const share = total / looked;
  return share * estimate <= MAX_SORTED ? Infinity : Math.ceil(((offsetOf(search) + search.size) / share) * AMPLE);
}

const offsetOf = ({ page, size }: Search): number => (page - 1) * size;

/**
 * The word anywhere; its own wildcards mean themselves. A word without three letters or digits in a row has no trigram that
 * an index could find inside others: it has to begin a word.
 */
function pattern(word: string): string {
  const text = word.toLowerCase().replaceAll(/[\\%_]/g, String.raw`\$&`);
  return /[\p{L}\p{N}]{3}/u.test(word) ? `%${text}%` : `% ${text}%`;
}

import type { ClientBase } from 'pg';
import { type Books, EMPTY_BOOKS, imbalance } from '../../../exchange/books.ts';
import { type Direction, directionSchema } from '../../../exchange/names.ts';

/** Books of a collection in both directions. */
export type CollectionBooks = Readonly<Record<Direction, Books>>;

/** Books of all collections from both stores' own rows, and what is wrong with them. */
export interface BothBooks {
  readonly collections: Readonly<Record<string, CollectionBooks>>;
  /** One line for every difference; empty where the books balance. */
  readonly faults: readonly string[];
}

interface BooksRow extends Record<keyof Books, string> {
  readonly collection: string;
  readonly direction: string;
}

const BOOKS = `
  select collection, direction, sum(offered) as offered, sum(applied) as applied, sum(unchanged) as unchanged,
         sum(conflicted) as conflicted, sum(quarantined) as quarantined, sum(filtered) as filtered
    from tidegate.window
   where link = $1 and state in ('receipted', 'applied')
   group by collection, direction`;

async function booksOf(client: ClientBase, link: string): Promise<ReadonlyMap<string, Books>> {
  const { rows } = await client.query<BooksRow>(BOOKS, [link]);
  return new Map(
    rows.map(({ collection, direction, ...counts }) => [
      `${collection}/${directionSchema.parse(direction)}`,
      Object.fromEntries(Object.entries(counts).map(([name, n]) => [name, Number(n)])) as unknown as Books,
    ]),
  );
}

/** Reads the books of a link from both stores and compares them (law 3). */
export async function readBooks(crm: ClientBase, cloud: ClientBase, link: string, names: readonly string[]): Promise<BothBooks> {
  const [ours, theirs] = [await booksOf(crm, link), await booksOf(cloud, link)];
  const faults: string[] = [];
  const collections: Record<string, CollectionBooks> = {};
  for (const name of names) {
    const of = (direction: Direction): Books => {
      const key = `${name}/${direction}`;
      const [mine, other] = [ours.get(key) ?? EMPTY_BOOKS, theirs.get(key) ?? EMPTY_BOOKS];
      if (imbalance(mine) !== 0) faults.push(`${key}: the CRM's books miss ${imbalance(mine)} record(s)`);
      for (const entry of Object.keys(mine) as (keyof Books)[])
        if (mine[entry] !== other[entry]) faults.push(`${key}: ${entry} is ${mine[entry]} at the CRM and ${other[entry]} at the cloud`);
      return mine;
    };
    collections[name] = { forward: of('forward'), reverse: of('reverse') };
  }
  return { collections, faults };
}

import type { Pool } from 'pg';
import type { Comparison } from '../../../../adaptor/data/reconciliation/compare-collection.ts';
import { DataCycle } from '../../../support/data-cycle.ts';
import { type TwoStores, openTwoStores } from '../../../support/two-stores.ts';

/** Places of the collections of `openReconciled`. */
export const ITEMS = 0;
export const PEOPLE = 1;
export const TODOS = 2;

/**
 * Two stores in step. The first collection has a composite key, a filter, fields of every authority and columns of other types at the
 * cloud; the others have keys of their own at the CRM, and refer to each other.
 */
export async function openReconciled(): Promise<{ readonly stores: TwoStores; readonly cycle: DataCycle }> {
  const stores = await openTwoStores({
    crmSql: `create table app.items (region text, number int, title text, price numeric(10,2), stock int, tags json, seen timestamptz(3), hidden boolean not null default false, primary key (region, number));
      create table app.people (id int generated always as identity primary key, email text, name text);
      create table app.todos (id int generated always as identity primary key, person int references app.people, title text);`,
    cloudSql: `create table app.items (tenant text, region text, number int, title text, price numeric, stock bigint, tags jsonb, seen timestamptz, primary key (tenant, region, number));
      create table app.people (tenant text, id uuid default gen_random_uuid(), email text, name text, primary key (tenant, id));
      create table app.todos (tenant text, id uuid default gen_random_uuid(), person uuid, title text, primary key (tenant, id), foreign key (tenant, person) references app.people);`,
    collections: [
      {
        table: 'items',
        key: ['region', 'number'],
        fields: ['region', 'number', 'title', { column: 'price', authority: 'crm' }, { column: 'stock', authority: 'cloud' }, 'tags', 'seen'],
        filter: { sql: 'not hidden', columns: ['hidden'] },
        outOfScope: 'retract',
      },
      { table: 'people', fields: ['id', 'email', 'name'], identity: { kind: 'linked', match: ['email'] } },
      {
        table: 'todos',
        fields: ['id', 'person', 'title'],
        identity: { kind: 'linked', match: [] },
        references: [{ fields: ['person'], collection: 'people' }],
      },
    ],
  });
  const cycle = new DataCycle(stores);
  await stores.crm.page.query(`
    insert into app.items select r, n, r || ' ' || n, n * 1.5, n, json_build_object('b', n, 'a', 'x'), now(), false from unnest('{north,süd}'::text[]) r, generate_series(1, 40) n;
    insert into app.items (region, number, title, hidden) values ('north', 900, 'stays here', true);
    insert into app.people (email, name) select n || '@example.com', 'Person ' || n from generate_series(1, 5) n;
    insert into app.todos (person, title) select id, 'Call ' || name from app.people`);
  for (const at of [ITEMS, PEOPLE, TODOS]) {
    await cycle.load(at);
    await cycle.forward(at);
  }
  await cycle.quiesce();
  return { stores, cycle };
}

/** Statements of a superuser that no trigger sees, so that no log tells of them. */
export async function byHand(pool: Pool, sql: string): Promise<void> {
  await pool.query(`begin; set local session_replication_role = replica; ${sql}; commit`);
}

/** Differences as short lines: kind, key, fields. */
export const lines = ({ differences }: Pick<Comparison, 'differences'>): string[] =>
  differences.map(({ key, kind, fields }) => [kind, key.join('/'), fields.join(',')].filter((part) => part !== '').join(' ')).toSorted();

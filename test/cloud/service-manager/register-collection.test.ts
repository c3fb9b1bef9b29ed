import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refreshCapture } from '../../../cloud/service-manager/register-collection.ts';
import type { CollectionDefinition } from '../../../exchange/collection.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import { type CloudStore, CONTACTS, LINK, OTHER_LINK, PRODUCTS, SALES, field, openCloudStore } from './service-manager-fixture.ts';

let store: CloudStore;
beforeAll(async () => {
  store = await openCloudStore();
});
afterAll(() => store[Symbol.asyncDispose]());

const columnsOf = async (table: string) => {
  const { rows } = await store.admin.query<{ column: string; type: string; required: boolean }>(
    `select attname as column, format_type(atttypid, atttypmod) as type, attnotnull as required from pg_attribute
      where attrelid = $1::regclass and attnum > 0 and not attisdropped order by attnum`,
    [table],
  );
  return rows.map(({ column, type, required }) => `${column} ${type}${required ? ' not null' : ''}`);
};

const triggersOf = async (table: string) => {
  const { rows } = await store.admin.query<{ name: string }>(
    `select tgname as name from pg_trigger where tgrelid = $1::regclass and tgname like 'tidegate%' order by 1`,
    [table],
  );
  return rows.map((row) => row.name);
};

const changed = (definition: CollectionDefinition, fields: CollectionDefinition['fields'], key = definition.key): CollectionDefinition => ({
  ...definition,
  fields,
  key,
});

describe('registering a collection of plain records', () => {
  it('makes its table: tenant first in the key, types as registered where PostgreSQL has them, closed by tenant', async () => {
    const { kind, unsupported } = await store.register(LINK, PRODUCTS);
    expect([kind, unsupported]).toEqual(['records', []]);
    expect(await columnsOf('records."acme$products"')).toEqual([
      'tenant text not null',
      'product character varying(40) not null',
      'series text not null',
      'price numeric(12,2)',
      'tags text[]',
      'state text',
    ]);
    const { rows } = await store.admin.query(
      `select relrowsecurity, relforcerowsecurity, pg_get_userbyid(relowner) as owner, (select array_agg(a.attname::text order by k.place)
         from pg_index i, unnest(i.indkey) with ordinality k (number, place) join pg_attribute a on a.attrelid = $1::regclass and a.attnum = k.number
        where i.indrelid = $1::regclass and i.indisprimary) as key from pg_class where oid = $1::regclass`,
      ['records."acme$products"'],
    );
    expect(rows).toEqual([{ relrowsecurity: true, relforcerowsecurity: true, owner: 'tidegate_registrar', key: ['tenant', 'product'] }]);
    expect(await triggersOf('records."acme$products"')).toEqual(['delete', 'insert', 'truncate', 'update'].map((event) => `tidegate_capture_${event}`));
  });

  it('shows a tenant only its own rows, whoever asks', async () => {
    await store.register(LINK, PRODUCTS);
    await store.admin.query(`insert into records."acme$products" (tenant, product, series) values ('acme', 'own', 's'), ('globex', 'foreign', 's')`);
    for (const pool of [store.pool, store.employees]) {
      await using client = Object.assign(await pool.connect(), { [Symbol.asyncDispose]: async () => client.release() });
      await client.query('begin');
      expect((await client.query('select product from records."acme$products"')).rows).toEqual([]);
      await client.query(`select set_config('tidegate.tenant', 'acme', true)`);
      expect((await client.query('select product from records."acme$products"')).rows).toEqual([{ product: 'own' }]);
      await expect(client.query(`insert into records."acme$products" (tenant, product, series) values ('globex', 'x', 's')`)).rejects.toMatchObject({
        code: '42501',
      });
      await client.query('rollback');
    }
    await store.admin.query('delete from records."acme$products"');
  });

  it('adds the columns of a later registration, and lets go of those that it does not name', async () => {
    await store.register(LINK, PRODUCTS);
    const grown = changed(PRODUCTS, [...PRODUCTS.fields.filter((f) => f.name !== 'series'), field('weight', 'double precision', { nullable: false })]);
    await store.register(LINK, grown);
    const columns = await columnsOf('records."acme$products"');
    expect(columns).toContain('weight double precision');
    expect(columns).toContain('series text');
  });

  it('refuses a changed type or key, column by column, and leaves the table alone', async () => {
    await store.register(LINK, SALES);
    const before = await columnsOf('records."acme$sales"');
    const retyped = changed(
      SALES,
      SALES.fields.map((f) => (f.name === 'amount' ? { ...f, type: 'numeric' } : f)),
    );
    await expect(store.register(LINK, retyped)).rejects.toMatchObject({ code: 'schema-drifted', facts: { columns: ['amount: integer -> numeric'] } });
    await expect(store.register(LINK, changed(SALES, SALES.fields, ['id', 'product']))).rejects.toMatchObject({ code: 'schema-drifted' });
    expect(await columnsOf('records."acme$sales"')).toEqual(before);
  });

  it('refers to parents by tenant and key, whichever of them is registered first', async () => {
    const [child, parent] = [
      { ...SALES, name: 'early-sales', references: [{ fields: ['product'], collection: 'late-products' }] },
      { ...PRODUCTS, name: 'late-products' },
    ];
    await store.register(LINK, child);
    await store.register(LINK, parent);
    const { rows } = await store.admin.query<{ definition: string }>(
      `select pg_get_constraintdef(oid) as definition from pg_constraint where conrelid = 'records."acme$early-sales"'::regclass and contype = 'f'`,
    );
    expect(rows.map((row) => row.definition)).toEqual(['FOREIGN KEY (tenant, product) REFERENCES records."acme$late-products"(tenant, product) NOT VALID']);
    await store.register(LINK, child);
  });

  it('keeps tenants apart where they register one name with different shapes', async () => {
    await store.register(LINK, SALES);
    await store.register(OTHER_LINK, changed(SALES, [field('id', 'uuid', { nullable: false }), field('product')]));
    expect(await columnsOf('records."globex$sales"')).toEqual(['tenant text not null', 'id uuid not null', 'product text']);
  });

  it('takes names and types as data, never as SQL', async () => {
    const hostile = changed(PRODUCTS, [
      ...PRODUCTS.fields,
      field('drop_table', 'text; drop table cloud.people; --'),
      field('pwned', "text default (select 'x')"),
      field('late', 'text(1), add column x text'),
    ]);
    await store.register(OTHER_LINK, { ...hostile, name: 'hostile' });
    expect((await columnsOf('records."globex$hostile"')).slice(-3)).toEqual(['drop_table text', 'pwned text', 'late text']);
    expect(await columnsOf('cloud.people')).not.toEqual([]);
  });

  it('is done once where several come at a time', async () => {
    const twice = { ...PRODUCTS, name: 'twice' };
    await Promise.all(Array.from({ length: 8 }, () => store.register(LINK, twice)));
    expect(await triggersOf('records."acme$twice"')).toHaveLength(4);
  });
});

describe('registering a collection of an application', () => {
  it('captures its table and opens only the columns that the cloud may change', async () => {
    const { kind, unsupported } = await store.register(LINK, { ...CONTACTS, fields: [...CONTACTS.fields, field('shoeSize')] });
    expect([kind, unsupported]).toEqual(['application', ['shoeSize']]);
    expect(await triggersOf('cloud.people')).toHaveLength(4);
    const open = async (column: string) =>
      (await store.admin.query<{ open: boolean }>(`select has_column_privilege('cloud_user', 'cloud.people', $1, 'update') as open`, [column])).rows[0]?.open;
    expect(await open('first_name')).toBe(true);
    expect(await open('organisation')).toBe(false);
    expect(await open('id')).toBe(false);
    expect(await open('tenant')).toBe(false);
  });

  it('closes a column that one of two links keeps for its CRM', async () => {
    await store.register(LINK, CONTACTS);
    const closed = changed(
      CONTACTS,
      CONTACTS.fields.map((f) => (f.name === 'note' ? { ...f, authority: 'crm' } : f)),
    );
    await store.register(OTHER_LINK, closed);
    await store.register(LINK, CONTACTS);
    const { rows } = await store.admin.query(
      `select has_column_privilege('cloud_user', 'cloud.people', 'notes', 'update') as notes, has_column_privilege('cloud_user', 'cloud.people', 'first_name', 'update') as names`,
    );
    expect(rows).toEqual([{ notes: false, names: true }]);
  });

  it('never moves to another place by another key', async () => {
    await store.register(LINK, CONTACTS);
    const rekeyed = changed(CONTACTS, [field('id', 'bigint', { nullable: false }), ...CONTACTS.fields.slice(1)]);
    const error = await store.register(LINK, rekeyed).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TidegateError);
    expect(error).toMatchObject({ code: 'schema-drifted', facts: { columns: ['key'] } });
  });

  it('is captured again at start-up', async () => {
    await store.register(LINK, CONTACTS);
    await store.admin.query('drop trigger tidegate_capture_update on cloud.people');
    await refreshCapture(store);
    expect(await triggersOf('cloud.people')).toHaveLength(4);
  });
});

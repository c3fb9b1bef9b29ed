import { afterAll, beforeAll, expect, it } from 'vitest';
import { controlRows } from '../../../../adaptor/data/control-rows.ts';
import { DataCycle } from '../../../support/data-cycle.ts';
import { type TwoStores, asCloudUser, openTwoStores } from '../../../support/two-stores.ts';

let stores: TwoStores;
let cycle: DataCycle;

/**
 * Each owner's own rules: the cloud writes names in capitals as they come and counts words afterwards, the CRM trims them
 * and computes a label. What they make of a value belongs to both.
 */
beforeAll(async () => {
  stores = await openTwoStores({
    crmSql: `
      create table app.items (id int primary key, name text, words int, label text generated always as ('*' || name) stored);
      create function app.trim_name() returns trigger language plpgsql as $$ begin new.name := btrim(new.name); return new; end $$;
      create trigger trim_name before insert or update on app.items for each row execute function app.trim_name();`,
    cloudSql: `
      create table app.items (tenant text, id int, name text, words int, label text, primary key (tenant, id));
      create function app.raise_name() returns trigger language plpgsql as $$ begin new.name := upper(new.name); return new; end $$;
      create trigger raise_name before insert or update on app.items for each row execute function app.raise_name();
      create function app.count_words() returns trigger language plpgsql as $$ begin
        update app.items set words = cardinality(string_to_array(new.name, ' ')) where tenant = new.tenant and id = new.id and words is distinct from cardinality(string_to_array(new.name, ' '));
        return null;
      end $$;
      create trigger count_words after insert or update of name on app.items for each row execute function app.count_words();`,
    collections: [{ table: 'items', fields: ['id', 'name', 'words', { column: 'label', authority: 'crm' }] }],
  });
  cycle = new DataCycle(stores);
});
afterAll(async () => stores[Symbol.asyncDispose]());

const line = async (store: 'crm' | 'cloud') =>
  (await controlRows<{ line: string }>(stores[store].admin, `select concat_ws(' | ', id, name, words, label) as line from app.items order by id`)).map(
    (row) => row.line,
  );

it('values that a store derived travel back, by load and by delta, and then all is quiet', async () => {
  await stores.crm.page.query(`insert into app.items (id, name) values (1, 'one two')`);
  await cycle.load();
  expect(await line('cloud')).toEqual(['1 | ONE TWO | 2 | *one two']);
  await cycle.forward();
  await cycle.quiesce();
  expect(await line('crm')).toEqual(['1 | ONE TWO | 2 | *ONE TWO']);
  expect(await line('cloud')).toEqual(['1 | ONE TWO | 2 | *ONE TWO']);
  await stores.crm.page.query(`insert into app.items (id, name) values (2, 'a b c')`);
  await stores.crm.page.query(`update app.items set name = 'three' where id = 1`);
  await cycle.quiesce();
  for (const store of ['crm', 'cloud'] as const) expect(await line(store)).toEqual(['1 | THREE | 1 | *THREE', '2 | A B C | 3 | *A B C']);
  expect(await cycle.quiesce()).toBe(0);
});

it('also those that the CRM derived of what came from the cloud', async () => {
  await asCloudUser(stores.cloud.user, `update app.items set name = '  wide  ' where id = 1`);
  await asCloudUser(stores.cloud.user, `insert into app.items (tenant, id, name) values ('acme', 3, ' new ')`);
  await cycle.quiesce();
  for (const store of ['crm', 'cloud'] as const) {
    const lines = await line(store);
    expect(lines[0]).toBe('1 | WIDE | 1 | *WIDE');
    expect(lines[2]).toBe('3 | NEW | 1 | *NEW');
  }
  const [row] = await controlRows<{ conflicts: number }>(stores.crm.admin, `select count(*) as conflicts from tidegate.conflict where field = 'label'`);
  expect(row).toEqual({ conflicts: 0 });
});

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { applyEdits } from '../../../cloud/service-manager/apply-edits.ts';
import type { CollectionDefinition } from '../../../exchange/collection.ts';
import { attemptAs, DENIED } from '../../support/attempt.ts';
import { codeOf } from '../../support/code-of.ts';
import { type CloudStore, CONTACTS, LINK, field, openCloudStore } from './service-manager-fixture.ts';

/* Columns of sealed fields at the cloud: text, closed to its own users, and open to sealed values only. */

const SEALED = { authority: 'crm', sealed: true } as const;
const TOKEN = 'sealed:1:key:1:AAAA:BBBB';
const sealing = (definition: CollectionDefinition, names: readonly string[]): CollectionDefinition => ({
  ...definition,
  fields: definition.fields.map((each) => (names.includes(each.name) ? { ...each, ...SEALED } : each)),
});
const PATIENTS: CollectionDefinition = {
  name: 'patients',
  key: ['id'],
  fields: [field('id', 'integer', { nullable: false }), field('name'), field('diagnosis', 'text', SEALED)],
  references: [],
};

let store: CloudStore;
beforeAll(async () => {
  store = await openCloudStore();
  await store.register(LINK, PATIENTS);
  await store.register(LINK, sealing(CONTACTS, ['note']));
});
afterAll(() => store[Symbol.asyncDispose]());

const edit = (edits: Parameters<typeof applyEdits>[1]['edits']) => codeOf(applyEdits(store.employees, { tenant: 'acme', actor: 'eva', edits }));
const as = (role: keyof CloudStore['database']['urls'], sql: string) => attemptAs(store.database.urls[role], sql, { settings: { 'tidegate.tenant': 'acme' } });

it('are text, and the definition that was registered says that they are sealed', async () => {
  const { rows } = await store.admin.query(
    `select data_type as type from information_schema.columns where table_schema = 'records' and table_name = 'acme$patients' and column_name = 'diagnosis'`,
  );
  expect(rows).toEqual([{ type: 'text' }]);
  const registered = await store.admin.query(
    `select definition -> 'fields' -> 2 ->> 'sealed' as sealed from tidegate.registration where collection = 'patients'`,
  );
  expect(registered.rows).toEqual([{ sealed: 'true' }]);
});

it.each([
  ['a table of plain records', 'patients', 'diagnosis', { id: '1', name: 'n' }],
  ['an application’s table', 'contacts', 'note', { id: randomUUID(), givenName: 'n' }],
])('of %s are closed to the cloud’s users, also in new records, and with a sealed value of somebody else', async (_, collection, sealed, record) => {
  for (const value of ['plain', TOKEN, null]) {
    if (collection === 'patients') expect(await edit([{ collection, insert: { ...record, [sealed]: value } }])).toBe('field-denied');
    expect(await edit([{ collection, key: { id: record.id }, set: { [sealed]: value } }])).toBe('field-denied');
  }
  expect(await edit([{ collection, insert: { ...record, [sealed]: 'plain' } }])).toBe('field-denied');
  expect(await edit([{ collection, insert: record }])).not.toBe('field-denied');
});

it('take nothing but sealed values, whoever writes', async () => {
  const insert = (value: string) => `insert into records."acme$patients" (tenant, id, diagnosis) values ('acme', 7, '${value}')`;
  for (const role of ['tidegate_producer', 'tidegate_registrar'] as const) expect(await as(role, insert('plain'))).toEqual(DENIED);
  expect(await as('tidegate_producer', insert(TOKEN))).toMatchObject({ count: 1 });
  expect(await as('tidegate_producer', `update cloud.people set notes = 'plain'`)).toEqual(DENIED);
  expect(await as('tidegate_producer', `update cloud.people set notes = '${TOKEN}'`)).toMatchObject({ count: 1 });
  expect(await as('tidegate_producer', `update cloud.people set notes = null`)).toMatchObject({ count: 1 });
});

it('may keep what stood there before they were sealed, until the CRM has sent it again; and are open again with the field', async () => {
  await store.register(LINK, CONTACTS);
  const id = randomUUID();
  expect(await edit([{ collection: 'contacts', insert: { id, note: 'old' } }])).not.toBe('field-denied');
  await store.register(LINK, sealing(CONTACTS, ['note']));
  expect(await as('tidegate_producer', `update cloud.people set title = 'x' where id = '${id}'`)).toMatchObject({ count: 1 });
  expect(await as('tidegate_producer', `update cloud.people set notes = 'other' where id = '${id}'`)).toEqual(DENIED);
  await store.register(LINK, CONTACTS);
  expect(await edit([{ collection: 'contacts', key: { id }, set: { note: 'open' } }])).not.toBe('field-denied');
});

it('are unsupported where the application has no plain text column for them', async () => {
  const birthday = field('birthday', 'text', SEALED);
  const { unsupported, binding } = await store.register(LINK, { ...sealing(CONTACTS, ['note']), fields: [...sealing(CONTACTS, ['note']).fields, birthday] });
  expect(unsupported).toEqual(['birthday']);
  expect(binding.columns.some(({ column }) => column === 'notes')).toBe(true);
  const status = { name: 'tasks', key: ['id'], fields: [field('id', 'uuid', { nullable: false }), field('status', 'text', SEALED)], references: [] };
  expect((await store.register(LINK, status)).unsupported).toEqual(['status']);
});

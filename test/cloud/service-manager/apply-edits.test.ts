import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { applyEdits } from '../../../cloud/service-manager/apply-edits.ts';
import { codeOf } from '../../support/code-of.ts';
import { type CloudStore, CONTACTS, LINK, PRODUCTS, field, openCloudStore } from './service-manager-fixture.ts';

const TASKS = {
  name: 'tasks',
  key: ['id'],
  fields: [field('id', 'uuid', { nullable: false }), field('subject'), field('status'), field('dueTime', 'time(0) without time zone')],
  references: [],
};

let store: CloudStore;
beforeAll(async () => {
  store = await openCloudStore();
  for (const definition of [CONTACTS, PRODUCTS, TASKS]) await store.register(LINK, definition);
});
afterAll(() => store[Symbol.asyncDispose]());
beforeEach(async () => {
  await store.admin.query(`truncate cloud.people, cloud.todos, records."acme$products"; truncate tidegate.change_log`);
});

const edit = (edits: Parameters<typeof applyEdits>[1]['edits'], tenant = 'acme') => applyEdits(store.employees, { tenant, actor: 'eva@cloud.example', edits });
const people = async () => (await store.admin.query('select tenant, first_name, organisation, notes from cloud.people order by first_name')).rows as unknown[];

describe('edits by the cloud’s own users', () => {
  it('add, change and delete records, in the words of the wire', async () => {
    const [person, task] = [randomUUID(), randomUUID()];
    expect(
      await edit([
        { collection: 'contacts', insert: { id: person, givenName: 'Ada', company: 'Acme' } },
        { collection: 'tasks', insert: { id: task, subject: 'call', status: 'in-progress', dueTime: '09:30:00' } },
        { collection: 'products', insert: { product: 'GTX', series: 'G', tags: '{a,"b c"}' } },
        { collection: 'contacts', key: { id: person }, set: { note: 'likes mail', givenName: null } },
      ]),
    ).toBe(4);
    expect(await people()).toEqual([{ tenant: 'acme', first_name: null, organisation: 'Acme', notes: 'likes mail' }]);
    expect((await store.admin.query('select status, due_time from cloud.todos')).rows).toEqual([{ status: 'IN-PROCESS', due_time: '09:30:00' }]);
    expect((await store.admin.query('select tenant, tags from records."acme$products"')).rows).toEqual([{ tenant: 'acme', tags: ['a', 'b c'] }]);
    await edit([
      { collection: 'contacts', key: { id: person }, delete: true },
      { collection: 'products', key: { product: 'GTX' }, delete: true },
    ]);
    expect(await people()).toEqual([]);
  });

  it('are captured with their actor, as nobody’s window', async () => {
    const id = randomUUID();
    await edit([{ collection: 'contacts', insert: { id, givenName: 'Ada' } }]);
    await edit([{ collection: 'contacts', key: { id }, set: { note: 'x' } }]);
    const { rows } = await store.admin.query('select op, key, old, actor, origin from tidegate.change_log order by id');
    expect(rows).toEqual([
      { op: 'I', key: ['acme', id], old: null, actor: 'eva@cloud.example', origin: null },
      { op: 'U', key: ['acme', id], old: { notes: null }, actor: 'eva@cloud.example', origin: null },
    ]);
  });

  it('never reach another tenant’s records', async () => {
    const id = randomUUID();
    await edit([{ collection: 'contacts', insert: { id, givenName: 'Ada' } }]);
    expect(await codeOf(edit([{ collection: 'contacts', key: { id }, set: { note: 'mine' } }], 'globex'))).toBe('record-not-found');
    expect(await codeOf(edit([{ collection: 'contacts', key: { id }, delete: true }], 'globex'))).toBe('record-not-found');
    expect(await people()).toEqual([{ tenant: 'acme', first_name: 'Ada', organisation: null, notes: null }]);
  });

  it('never change a field that belongs to the CRM, nor a key', async () => {
    const id = randomUUID();
    await edit([{ collection: 'contacts', insert: { id, company: 'Acme' } }]);
    expect(await codeOf(edit([{ collection: 'contacts', key: { id }, set: { company: 'Other' } }]))).toBe('field-denied');
    expect(await codeOf(edit([{ collection: 'contacts', key: { id }, set: { id: randomUUID() } }]))).toBe('field-denied');
    expect(
      await codeOf(
        edit([
          { collection: 'products', insert: { product: 'A', series: 's' } },
          { collection: 'products', key: { product: 'A' }, set: { price: '1' } },
        ]),
      ),
    ).toBe('field-denied');
    expect(await people()).toEqual([{ tenant: 'acme', first_name: null, organisation: 'Acme', notes: null }]);
  });

  it('are made together or not at all', async () => {
    const id = randomUUID();
    const edits = [
      { collection: 'contacts', insert: { id, givenName: 'Ada' } },
      { collection: 'contacts', key: { id: randomUUID() }, set: { note: 'nobody' } },
    ];
    expect(await codeOf(edit(edits))).toBe('record-not-found');
    expect(await people()).toEqual([]);
  });

  it('are refused by name where they do not fit, without content', async () => {
    expect(await codeOf(edit([{ collection: 'nothing', insert: { id: '1' } }]))).toBe('collection-unknown');
    expect(await codeOf(edit([{ collection: 'contacts', insert: { shoeSize: '43' } }]))).toBe('field-denied');
    expect(await codeOf(edit([{ collection: 'contacts', key: {}, delete: true }]))).toBe('key-invalid');
    expect(await codeOf(edit([{ collection: 'contacts', insert: { id: 'not a key' } }]))).toBe('value-invalid');
    const refused = edit([{ collection: 'tasks', insert: { id: randomUUID(), subject: 'x', status: 'secret-state' } }]);
    await expect(refused).rejects.toMatchObject({ code: 'constraint-violated' });
    await expect(refused).rejects.not.toThrow(/secret-state/);
  });

  it('take hostile text as text', async () => {
    const note = `'); drop table cloud.people; -- ${'__proto__'} =cmd|' /C calc'!A0`;
    await edit([{ collection: 'contacts', insert: { id: randomUUID(), note } }]);
    expect(await people()).toEqual([{ tenant: 'acme', first_name: null, organisation: null, notes: note }]);
    expect(await codeOf(edit([{ collection: 'tasks', insert: { id: randomUUID(), subject: 'x', status: 'constructor' } }]))).toBe('constraint-violated');
  });
});

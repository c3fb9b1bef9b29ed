import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { definitionHash } from '../../../adaptor/data/plan.ts';
import { binaryRows } from '../../support/binary-rows.ts';
import { codeOf } from '../../support/code-of.ts';
import { CRM_INCARNATION, TestCrm } from '../../support/test-crm.ts';
import { type TestProducer, startTestProducer } from '../../support/test-producer.ts';
import { CONTACTS, PRODUCTS, SALES, field } from '../service-manager/service-manager-fixture.ts';

let producer: TestProducer;
let crm: TestCrm;
beforeEach(async () => {
  producer = await startTestProducer();
  crm = new TestCrm(producer);
});
afterEach(() => producer[Symbol.asyncDispose]());

const ada = randomUUID();
const eva = randomUUID();
const contact = (id: string, givenName: string | null, note: string | null = null) => [id, givenName, 'Family', 'Acme', note];
const people = async () =>
  (await producer.admin.query('select tenant, id, first_name, organisation, notes from cloud.people order by first_name')).rows as unknown[];
const audited = async () =>
  (await producer.admin.query<{ event: string }>(`select event from tidegate.audit_event where event !~ '^(key|certificate)-' order by id`)).rows.map(
    (row) => row.event,
  );

async function* pieces(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes;
}

describe('a link', () => {
  it('is opened under an epoch, registered, loaded and kept in step', async () => {
    const opened = await crm.open();
    expect(opened).toMatchObject({ epoch: 1, generation: 1, positions: [] });
    expect(await crm.register({ ...CONTACTS, fields: [...CONTACTS.fields] })).toMatchObject({ collection: 'contacts', unsupported: [] });

    const chunks = [[{ op: 'I', values: contact(ada, 'Ada') }], [{ op: 'I', values: contact(eva, 'Eva') }]] as const;
    const receipts = await Promise.all([1, 0].map((chunk) => crm.send(CONTACTS, 1, chunks[chunk] ?? [], { kind: 'chunk', chunk })));
    expect(receipts.map((receipt) => receipt.books.applied)).toEqual([1, 1]);
    const { createHash } = await import('node:crypto');
    const digests = receipts.toSorted((a, b) => (a.chunk ?? 0) - (b.chunk ?? 0)).map((receipt) => receipt.digest);
    const digest = createHash('sha256').update(digests.join('\n')).digest('base64url');
    const manifest = await crm.manifest(CONTACTS, 1, new Uint8Array(), [], { kind: 'load', chunks: 2, rows: 2, digest });
    const loaded = await crm.read('receipt', await crm.client.closeLoad({ collection: 'contacts', ordinal: 1, manifest }));
    expect(loaded).toMatchObject({ ordinal: 1, outcome: 'applied', books: { offered: 2, applied: 2 } });

    const delta = await crm.send(CONTACTS, 2, [
      { op: 'U', changed: 'note', values: contact(ada, 'Ada', 'prefers mail') },
      { op: 'D', values: [eva, null, null, null, null] },
    ]);
    expect(delta).toMatchObject({
      direction: 'forward',
      collection: 'contacts',
      ordinal: 2,
      outcome: 'applied',
      books: { offered: 2, applied: 2, unchanged: 0, conflicted: 0, quarantined: 0, filtered: 0 },
    });
    expect(await people()).toEqual([{ tenant: 'acme', id: ada, first_name: 'Ada', organisation: 'Acme', notes: 'prefers mail' }]);
    expect(await audited()).toEqual(['link-opened', 'collection-registered']);

    const again = await crm.open({
      epoch: 2,
      peerIncarnation: opened.incarnation,
      positions: [{ collection: 'contacts', forwardOrdinal: 2, reverseOrdinal: 0 }],
    });
    expect(again.positions).toEqual([{ collection: 'contacts', forwardOrdinal: 2, reverseOrdinal: 0 }]);
  });

  it('fences earlier runs once it is opened under a greater epoch', async () => {
    await crm.open();
    await crm.register(CONTACTS);
    await crm.open({ epoch: 5 });
    expect(await codeOf(crm.send(CONTACTS, 1, [{ op: 'I', values: contact(ada, 'Ada') }]))).toBe('epoch-stale');
    expect(await codeOf(crm.open({ epoch: 5 }))).toBe('epoch-stale');
    expect(await people()).toEqual([]);
    crm.epoch = 5;
    expect((await crm.send(CONTACTS, 1, [{ op: 'I', values: contact(ada, 'Ada') }])).books.applied).toBe(1);
  });

  it('stops where a store is not the one it was, says why, and goes on only by an approved reload', async () => {
    const { incarnation } = await crm.open();
    await crm.register(CONTACTS);
    await crm.send(CONTACTS, 1, [{ op: 'I', values: contact(ada, 'Ada') }]);
    const positions = [{ collection: 'contacts', forwardOrdinal: 1, reverseOrdinal: 0 }];
    const restored = { ...CRM_INCARNATION, systemId: '7000000000000000002' };
    await expect(crm.open({ epoch: 2, incarnation: restored, peerIncarnation: incarnation, positions })).rejects.toMatchObject({
      code: 'incarnation-changed',
      facts: { side: 'crm' },
    });
    const { rows } = await producer.admin.query<{ state: string; state_reason: string }>('select state, state_reason from tidegate.link');
    expect(rows).toEqual([{ state: 'stopped', state_reason: expect.stringContaining('systemId') as string }]);
    expect(await codeOf(crm.send(CONTACTS, 2, []))).toBe('link-stopped');
    const reload = { approvedBy: 'ann', reason: 'restored from a dump' };
    crm.epoch = 3;
    crm.generation = 2;
    expect(await crm.open({ incarnation: restored, peerIncarnation: incarnation, positions, reload })).toMatchObject({ generation: 2 });
    expect((await crm.send(CONTACTS, 2, [], { kind: 'chunk', chunk: 0 })).outcome).toBe('applied');
  });

  it('stops where the CRM remembers less than it sent', async () => {
    const { incarnation } = await crm.open();
    await crm.register(CONTACTS);
    await crm.send(CONTACTS, 1, []);
    await crm.send(CONTACTS, 2, []);
    const positions = [{ collection: 'contacts', forwardOrdinal: 0, reverseOrdinal: 0 }];
    await expect(crm.open({ epoch: 2, peerIncarnation: incarnation, positions })).rejects.toMatchObject({ code: 'incarnation-changed' });
  });
});

describe('windows', () => {
  beforeEach(async () => {
    await crm.open();
    await crm.register(CONTACTS);
  });

  it('sent twice are answered with the same receipt and have no second effect', async () => {
    const records = [{ op: 'I', values: contact(ada, 'Ada') }] as const;
    const [first, again] = [await crm.sendRaw(CONTACTS, 1, records), await crm.sendRaw(CONTACTS, 1, records)];
    expect(again).toBe(first);
    expect(await people()).toHaveLength(1);
    expect((await producer.admin.query(`select count(*)::int as n from tidegate."window"`)).rows).toEqual([{ n: 1 }]);
  });

  it('come in order, and never again under a number that was made void', async () => {
    expect(await codeOf(crm.send(CONTACTS, 2, []))).toBe('ordinal-out-of-order');
    const settle = async (ordinal: number) =>
      crm.read(
        'receipt',
        await crm.client.settle({ collection: 'contacts', ordinal, settlement: await crm.sign('settlement', { collection: 'contacts', ordinal, epoch: 1 }) }),
      );
    expect(await settle(1)).toMatchObject({ outcome: 'void', ordinal: 1 });
    expect(await codeOf(crm.send(CONTACTS, 1, [{ op: 'I', values: contact(ada, 'Ada') }]))).toBe('ordinal-void');
    const applied = await crm.send(CONTACTS, 2, [{ op: 'I', values: contact(ada, 'Ada') }]);
    expect(await settle(2)).toEqual(applied);
    expect(await settle(1)).toMatchObject({ outcome: 'void' });
    expect(await people()).toHaveLength(1);
  });

  it('and collections are those that the signed object names: it is taken for no other, and nothing is done', async () => {
    const settle = async (at: { collection: string; ordinal: number }, of: { collection: string; ordinal: number }) =>
      codeOf(crm.client.settle({ ...at, settlement: await crm.sign('settlement', { ...of, epoch: 1 }) }));
    const first = { collection: 'contacts', ordinal: 1 };
    expect(await settle(first, { ...first, ordinal: 2 })).toBe('bad-request');
    expect(await settle(first, { ...first, collection: 'products' })).toBe('bad-request');
    const register = async (collection: string, hash: string) =>
      codeOf(crm.client.register(collection, await crm.sign('registration', { epoch: 1, definition: PRODUCTS, hash })));
    expect(await register('contacts', definitionHash(PRODUCTS))).toBe('bad-request');
    expect(await register('products', definitionHash(SALES))).toBe('bad-request');
    expect((await producer.admin.query('select collection from tidegate.registration')).rows).toEqual([{ collection: 'contacts' }]);
    // Neither number was made void.
    for (const ordinal of [1, 2]) expect((await crm.send(CONTACTS, ordinal, [])).outcome).toBe('applied');
  });

  it('of two parts are taken as they say', async () => {
    await crm.send(CONTACTS, 1, [{ op: 'I', values: contact(ada, 'Ada') }], { kind: 'part' });
    await crm.send(CONTACTS, 2, [{ op: 'D', values: [ada, null, null, null, null] }]);
    expect(await people()).toEqual([]);
    expect((await producer.admin.query(`select kind from tidegate."window" order by ordinal`)).rows).toEqual([{ kind: 'part' }, { kind: 'delta' }]);
  });

  it('leave a cloud edit alone that was not ordered in yet', async () => {
    await crm.send(CONTACTS, 1, [{ op: 'I', values: contact(ada, 'Ada') }]);
    const { applyEdits } = await import('../../../cloud/service-manager/apply-edits.ts');
    await applyEdits(producer.employees, { tenant: 'acme', actor: 'eva', edits: [{ collection: 'contacts', key: { id: ada }, set: { note: 'cloud' } }] });
    const receipt = await crm.send(CONTACTS, 2, [{ op: 'U', changed: 'givenName|note', values: contact(ada, 'Adele', 'crm') }]);
    expect(receipt.books).toMatchObject({ offered: 1, conflicted: 1, applied: 0 });
    expect(await people()).toMatchObject([{ first_name: 'Adele', notes: 'cloud' }]);
  });

  it('of plain records land in the table that registration made, children after parents', async () => {
    await crm.register(PRODUCTS);
    await crm.register(SALES);
    await crm.send(PRODUCTS, 1, [{ op: 'I', values: ['GTX', 'G', '12.50', '{a,b}', 'new'] }]);
    const sales = await crm.send(SALES, 1, [
      { op: 'I', values: ['1', 'GTX', '3'] },
      { op: 'I', values: ['2', 'GTXPro', '4'] },
    ]);
    expect(sales.books).toMatchObject({ offered: 2, applied: 1, quarantined: 1 });
    expect((await producer.admin.query('select tenant, product, price, tags from records."acme$products"')).rows).toEqual([
      { tenant: 'acme', product: 'GTX', price: '12.50', tags: ['a', 'b'] },
    ]);
    expect((await producer.admin.query(`select code, key from tidegate.quarantine`)).rows).toEqual([{ code: 'unknown-parent', key: ['2'] }]);
  });

  it('take chunks in binary rows, as the registration says, and nothing else', async () => {
    expect((await crm.register(CONTACTS)).rowForms).toEqual(['csv', 'binary']);
    const binary = { kind: 'chunk', chunk: 0, rowForm: 'binary' } as const;
    const record = { op: 'I', values: contact(ada, 'Ada', 'a "note",\nof two lines') } as const;
    expect((await crm.send(CONTACTS, 1, [record], binary)).books).toMatchObject({ offered: 1, applied: 1 });
    expect(await people()).toEqual([{ tenant: 'acme', id: ada, first_name: 'Ada', organisation: 'Acme', notes: 'a "note",\nof two lines' }]);
    // What the manifest says and what the request says have to be one.
    const rows = binaryRows([['I', '*', null, null, ...contact(eva, 'Eva')]]);
    const manifest = await crm.manifest(CONTACTS, 1, rows, [record], { kind: 'chunk', chunk: 1 });
    const chunk = { collection: 'contacts', ordinal: 1, chunk: 1, rows: pieces(rows), manifest: async () => manifest };
    expect(await codeOf(crm.client.sendChunk({ ...chunk, form: 'binary' }))).toBe('batch-refused');
    // A window that is no chunk comes as CSV.
    const window = await crm.manifest(CONTACTS, 1, rows, [record], { kind: 'delta', rowForm: 'binary' });
    expect(await codeOf(crm.client.sendWindow({ collection: 'contacts', ordinal: 1, rows: pieces(rows), manifest: async () => window }))).toBe('batch-refused');
    expect(await people()).toHaveLength(1);
  });

  it('of a drifted registration are refused, and other collections go on', async () => {
    await crm.register(PRODUCTS);
    const drifted = { ...CONTACTS, fields: [...CONTACTS.fields, field('birthday', 'date')] };
    expect(await codeOf(crm.send(drifted, 1, []))).toBe('schema-drifted');
    expect((await crm.send(PRODUCTS, 1, [])).outcome).toBe('applied');
    await crm.register(drifted);
    expect((await crm.send(drifted, 1, [{ op: 'I', values: [...contact(ada, 'Ada'), '1990-02-03'] }])).books.applied).toBe(1);
  });

  it('carry fields that the cloud has no place for, which are left aside', async () => {
    const wide = { ...CONTACTS, fields: [...CONTACTS.fields, field('shoeSize')] };
    expect(await crm.register(wide)).toMatchObject({ unsupported: ['shoeSize'] });
    expect((await crm.send(wide, 1, [{ op: 'I', values: [...contact(ada, 'Ada'), '43'] }])).books).toMatchObject({ offered: 1, applied: 1 });
  });

  it('of an unregistered collection are refused', async () => {
    expect(await codeOf(crm.send(PRODUCTS, 1, []))).toBe('collection-unknown');
  });

  it('of a megabyte and more stream through', async () => {
    const records = Array.from({ length: 3000 }, (_, i) => ({ op: 'I' as const, values: contact(randomUUID(), `name ${i}`, 'x'.repeat(400)) }));
    const receipt = await crm.send(CONTACTS, 1, records);
    expect(receipt.books.applied).toBe(3000);
  });
});

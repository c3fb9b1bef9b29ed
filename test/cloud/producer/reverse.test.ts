import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Edits, applyEdits } from '../../../cloud/service-manager/apply-edits.ts';
import type { TidegateError } from '../../../exchange/errors.ts';
import { codeOf } from '../../support/code-of.ts';
import { TestCrm } from '../../support/test-crm.ts';
import { type TestProducer, startTestProducer } from '../../support/test-producer.ts';
import { CONTACTS, PRODUCTS } from '../service-manager/service-manager-fixture.ts';

let producer: TestProducer;
let crm: TestCrm;
const ada = randomUUID();
const FIELDS = ['givenName', 'familyName', 'note'];

beforeEach(async () => {
  producer = await startTestProducer();
  crm = new TestCrm(producer);
  await crm.open();
  await crm.register(CONTACTS);
  await crm.load(CONTACTS, [{ op: 'I', values: [ada, 'Ada', 'Lovelace', 'Acme', null] }]);
});
afterEach(() => producer[Symbol.asyncDispose]());

const edit = (...edits: Edits['edits']) => applyEdits(producer.employees, { tenant: 'acme', actor: 'eva@cloud.example', edits });
const note = (text: string | null, id = ada) => ({ collection: 'contacts', key: { id }, set: { note: text } });
const states = async () =>
  (await producer.admin.query<{ state: string }>('select state from tidegate.reverse_message order by issued_at, id')).rows.map((row) => row.state).toSorted();

describe('a reverse order', () => {
  it('brings edits with their changed fields, base and actor, and is spent with its last receipt', async () => {
    await edit(note('prefers mail'));
    const message = await crm.message([{ fields: FIELDS }]);
    const fetched = await crm.fetch(message);
    expect(fetched?.rows).toEqual([['U', 'note', '2', 'eva@cloud.example', ada, 'Ada', 'Lovelace', 'Acme', 'prefers mail']]);
    expect(fetched?.manifest).toMatchObject({
      direction: 'reverse',
      kind: 'delta',
      ordinal: 1,
      rows: 1,
      tombstones: 0,
      last: true,
      fromCursor: null,
      epoch: 1,
      generation: 1,
    });
    expect(await states()).toEqual(['open']);
    await crm.receipt(fetched!.manifest);
    expect(await states()).toEqual(['spent']);
    expect(await codeOf(crm.fetch(message))).toBe('replayed');
    const next = await crm.message([{ fields: FIELDS, afterOrdinal: 1, cursor: fetched!.manifest.toCursor }]);
    expect(await crm.fetch(next)).toBeUndefined();
  });

  it('is answered with the same window until it is receipted: a lost answer does not lose the order', async () => {
    await edit(note('one'));
    const message = await crm.message([{ fields: FIELDS }]);
    const first = await crm.fetch(message);
    const again = await crm.fetch(message);
    expect(again?.manifest).toMatchObject({ ordinal: first!.manifest.ordinal, messageId: first!.manifest.messageId, toCursor: first!.manifest.toCursor });
    expect(again?.rows).toEqual(first?.rows);
    // The receipt of what was sent last is taken; also twice.
    await crm.receipt(again!.manifest);
    await crm.receipt(again!.manifest);
    expect(await states()).toEqual(['spent']);
  });

  it('is answered in windows of the size that it names, each with its own manifest', async () => {
    const ids = Array.from({ length: 5 }, () => randomUUID());
    await edit(...ids.map((id) => ({ collection: 'contacts', insert: { id, givenName: 'new' } })));
    const message = await crm.message([{ fields: FIELDS, maxRows: 2 }]);
    const sizes: number[] = [];
    for (;;) {
      const fetched = await crm.fetch(message);
      if (fetched === undefined) break;
      sizes.push(fetched.rows.length);
      expect(fetched.manifest.ordinal).toBe(sizes.length);
      await crm.receipt(fetched.manifest);
      if (fetched.manifest.last === true) break;
    }
    expect(sizes).toEqual([2, 2, 1]);
    expect(await codeOf(crm.fetch(message))).toBe('replayed');
  });

  it('is answered with no more windows than it names; the next order goes on', async () => {
    await edit(...Array.from({ length: 3 }, () => ({ collection: 'contacts', insert: { id: randomUUID(), givenName: 'new' } })));
    const first = await crm.fetch(await crm.message([{ fields: FIELDS, maxRows: 2, maxWindows: 1 }]));
    expect(first?.manifest).toMatchObject({ last: true, rows: 2 });
    await crm.receipt(first!.manifest);
    const second = await crm.fetch(await crm.message([{ fields: FIELDS, afterOrdinal: 1, cursor: first!.manifest.toCursor }]));
    expect(second?.manifest).toMatchObject({ ordinal: 2, rows: 1 });
  });

  it('never gets fields that it does not name', async () => {
    const other = randomUUID();
    await edit(
      note('confidential'),
      { collection: 'contacts', key: { id: ada }, set: { givenName: 'Adele' } },
      { collection: 'contacts', insert: { id: other, givenName: 'New', note: 'confidential' } },
    );
    const fetched = await crm.fetch(await crm.message([{ fields: ['givenName'] }]));
    const rows = fetched?.rows.toSorted((a, b) => (a[0] ?? '').localeCompare(b[0] ?? ''));
    expect(rows?.map(([op, changed]) => [op, changed])).toEqual([
      ['I', '*'],
      ['U', 'givenName'],
    ]);
    expect(JSON.stringify(rows)).not.toContain('confidential');
  });

  it('never gets another tenant’s records', async () => {
    const id = randomUUID();
    await applyEdits(producer.employees, { tenant: 'globex', actor: 'x', edits: [{ collection: 'contacts', insert: { id, givenName: 'Foreign' } }] });
    expect(await crm.fetch(await crm.message([{ fields: FIELDS }]))).toBeUndefined();
  });

  it('brings tombstones, and nothing for what came and went', async () => {
    const gone = randomUUID();
    await edit(
      { collection: 'contacts', insert: { id: gone, givenName: 'x' } },
      { collection: 'contacts', key: { id: gone }, delete: true },
      { collection: 'contacts', key: { id: ada }, delete: true },
    );
    const fetched = await crm.fetch(await crm.message([{ fields: FIELDS }]));
    expect(fetched?.rows.map((row) => [row[0], row[4]])).toEqual([['D', ada]]);
    expect(fetched?.manifest.tombstones).toBe(1);
  });

  it('does not bring back what the CRM itself sent', async () => {
    await crm.send(CONTACTS, 3, [{ op: 'U', changed: 'note', values: [ada, 'Ada', 'Lovelace', 'Acme', 'from the CRM'] }]);
    expect(await crm.fetch(await crm.message([{ fields: FIELDS }]))).toBeUndefined();
  });

  it('is held open where it says so, and answered as soon as something changes', async () => {
    const message = await crm.message([{ fields: FIELDS }], { holdMs: 30_000 });
    const fetching = crm.fetch(message, 'contacts', 30_000);
    await expect.poll(async () => (await states()).length).toBe(1);
    await edit(note('now'));
    expect((await fetching)?.rows.map((row) => row[8])).toEqual(['now']);
  });

  it('is answered empty when its hold is over', async () => {
    expect(await crm.fetch(await crm.message([{ fields: FIELDS }], { holdMs: 200 }), 'contacts', 200)).toBeUndefined();
  });

  it('acknowledges by its position what a lost receipt did not', async () => {
    await edit(note('one'));
    const first = await crm.fetch(await crm.message([{ fields: FIELDS }]));
    await edit(note('two'));
    // The CRM applied the window; its receipt never arrived. The next order says so.
    const second = await crm.fetch(await crm.message([{ fields: FIELDS, afterOrdinal: 1, cursor: first!.manifest.toCursor }]));
    expect(second?.rows.map((row) => row[8])).toEqual(['two']);
    expect(second?.manifest.ordinal).toBe(2);
    expect(await states()).toEqual(['open', 'spent']);
  });

  it('is one at a time: of two that ask at once, one is answered, and the other has to wait', async () => {
    await edit(note('one'));
    const messages = await Promise.all([crm.message([{ fields: FIELDS }]), crm.message([{ fields: FIELDS }])]);
    const answers = await Promise.allSettled(messages.map((message) => crm.fetch(message)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    // Whichever is bound first: a window that is under way keeps the other out, an order without one gives way.
    const refused = answers.find((answer) => answer.status === 'rejected');
    expect(['message-open', 'replayed']).toContain((refused?.reason as TidegateError | undefined)?.code);
    const { rows } = await producer.admin.query(`select count(*)::int as n from tidegate."window" where direction = 'reverse'`);
    expect(rows).toEqual([{ n: 1 }]);
  });

  it('waits while a window of an earlier order is under way', async () => {
    await edit(note('one'));
    const first = await crm.fetch(await crm.message([{ fields: FIELDS }]));
    const second = await crm.message([{ fields: FIELDS }]);
    expect(await codeOf(crm.fetch(second))).toBe('message-open');
    await crm.receipt(first!.manifest);
    const third = await crm.message([{ fields: FIELDS, afterOrdinal: 1, cursor: first!.manifest.toCursor }]);
    expect(await crm.fetch(third)).toBeUndefined();
  });

  it('is refused before the first delta after a load', async () => {
    await crm.register(PRODUCTS);
    await crm.send(PRODUCTS, 1, [], { kind: 'chunk', chunk: 0 });
    expect(await codeOf(crm.fetch(await crm.message([{ collection: 'products', fields: ['tags'] }]), 'products'))).toBe('load-incomplete');
  });

  it('from another place than this cloud’s is refused', async () => {
    expect(await codeOf(crm.fetch(await crm.message([{ fields: FIELDS, afterOrdinal: 7, cursor: 'x' }])))).toBe('cursor-invalid');
    await edit(note('one'));
    const first = await crm.fetch(await crm.message([{ fields: FIELDS }]));
    await crm.receipt(first!.manifest);
    expect(await codeOf(crm.fetch(await crm.message([{ fields: FIELDS, afterOrdinal: 0, cursor: null }])))).toBe('cursor-invalid');
    expect(await codeOf(crm.fetch(await crm.message([{ fields: FIELDS, afterOrdinal: 1, cursor: 'bm9uZQ' }])))).toBe('cursor-invalid');
  });

  it('is refused for another generation, and while the link is stopped', async () => {
    expect(await codeOf(crm.fetch(await crm.message([{ fields: FIELDS }], { generation: 2 })))).toBe('epoch-stale');
    await producer.admin.query(`update tidegate.link set state = 'stopped'`);
    expect(await codeOf(crm.fetch(await crm.message([{ fields: FIELDS }])))).toBe('link-stopped');
  });
});

describe('a receipt from the CRM', () => {
  it('is taken only for the window that was sent', async () => {
    await edit(note('one'));
    const { manifest } = (await crm.fetch(await crm.message([{ fields: FIELDS }])))!;
    const books = { offered: 2, applied: 1, unchanged: 0, conflicted: 0, quarantined: 0, filtered: 0 };
    expect(await codeOf(crm.receipt(manifest, { digest: 'A'.repeat(43) }))).toBe('batch-refused');
    expect(await codeOf(crm.receipt(manifest, { batchId: randomUUID() }))).toBe('batch-refused');
    expect(await codeOf(crm.receipt(manifest, { books }))).toBe('books-unbalanced');
    expect(await codeOf(crm.receipt(manifest, { acceptedCursor: 'x' }))).toBe('cursor-invalid');
    expect(await codeOf(crm.receipt(manifest, { outcome: 'void' }))).toBe('bad-request');
    expect(await codeOf(crm.receipt(manifest, { ordinal: 2 }))).toBe('bad-request');
    expect(await codeOf(crm.receipt(manifest, { collection: 'products' }))).toBe('bad-request');
    // Receipts of forward windows are the cloud's own to sign.
    expect(await codeOf(crm.receipt(manifest, { direction: 'forward' }))).toBe('invalid-token');
    expect((await producer.admin.query(`select ordinal::int, cursor from tidegate.channel where direction = 'reverse'`)).rows).toEqual([
      { ordinal: 0, cursor: null },
    ]);
    await crm.receipt(manifest);
    expect((await producer.admin.query(`select ordinal::int from tidegate.channel where direction = 'reverse'`)).rows).toEqual([{ ordinal: 1 }]);
  });
});

describe('a held answer', () => {
  it('is given up when its client goes away, and holds nothing of the store', async () => {
    const cancelled = new AbortController();
    const message = await crm.message([{ fields: FIELDS }], { holdMs: 30_000 });
    const fetching = crm.client.fetchReverse({
      collection: 'contacts',
      message,
      holdMs: 30_000,
      verify: async () => Promise.reject(new Error('unused')),
      signal: cancelled.signal,
    });
    await expect.poll(async () => (await states()).length).toBe(1);
    cancelled.abort(new Error('cancelled'));
    await expect(fetching).rejects.toThrow('cancelled');
    await edit(note('later'));
    expect((await crm.fetch(message))?.rows.map((row) => row[8])).toEqual(['later']);
  });

  it.each([
    ['the CRM’s certificate', 'certificate-revoked', () => ['trusted_certificate', `party like 'crm:%'`]],
    ['the CRM’s key', 'key-unknown', () => ['trusted_key', `kid = '${producer.crmKey.kid}'`]],
    ['the cloud’s own key', 'key-unknown', () => ['trusted_key', `kid = '${producer.cloudKey.kid}'`]],
  ] as const)('is ended with its refusal once %s is revoked, without any change of records', async (_what, code, which) => {
    const [table, where] = which();
    const message = await crm.message([{ fields: FIELDS }], { holdMs: 60_000 });
    const fetching = codeOf(crm.fetch(message, 'contacts', 60_000));
    await expect.poll(async () => (await states()).length).toBe(1);
    await producer.admin.query(`update tidegate.${table} set state = 'revoked' where ${where}`);
    try {
      expect(await fetching).toBe(code);
      const { rows } = await producer.admin.query<{ code: string }>(
        `select code from tidegate.audit_event where event = 'request-refused' order by id desc limit 1`,
      );
      expect(rows).toEqual([{ code }]);
    } finally {
      // For the tests that follow; no guard lets it through but a superuser's.
      await producer.admin.query(
        `set session_replication_role = replica; update tidegate.${table} set state = 'active' where ${where}; reset session_replication_role`,
      );
    }
  });

  it('is ended at once when the producer stops', async () => {
    const message = await crm.message([{ fields: FIELDS }], { holdMs: 60_000 });
    const fetching = crm.fetch(message, 'contacts', 60_000);
    await expect.poll(async () => (await states()).length).toBe(1);
    await producer.changes.close();
    expect(await fetching).toBeUndefined();
  });
});

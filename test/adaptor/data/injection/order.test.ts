import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeLoad } from '../../../../adaptor/data/injection/close-load.ts';
import type { InjectedWindow, ReceiptBody } from '../../../../adaptor/data/injection/incoming-window.ts';
import { injectWindow } from '../../../../adaptor/data/injection/inject-window.ts';
import { settleWindow } from '../../../../adaptor/data/injection/settle-window.ts';
import type { ManifestClaims } from '../../../../exchange/claims.ts';
import { TidegateError } from '../../../../exchange/errors.ts';
import { codeOf } from '../../../support/code-of.ts';
import { type HandMadeRow, type HandMadeWindow, handMadeWindow, signAsText } from '../../../support/hand-made-window.ts';
import { type TwoStores, openTwoStores } from '../../../support/two-stores.ts';

let stores: TwoStores;

beforeAll(async () => {
  stores = await openTwoStores({
    crmSql: 'create table app.items (id int primary key, name text)',
    cloudSql: 'create table app.items (tenant text, id int, name text, primary key (tenant, id))',
    collections: [{ table: 'items', fields: ['id', 'name'] }],
  });
});
afterAll(async () => stores[Symbol.asyncDispose]());

const item = (id: number, name = `item ${id}`): HandMadeRow => ({ op: 'I', fields: { id: String(id), name } });
const window = (options: HandMadeWindow) => handMadeWindow(stores.cloudPlan, options);
const inject = (options: HandMadeWindow): Promise<InjectedWindow> => injectWindow(stores.cloud.producer, window(options));
const state = async () => {
  const { rows } = await stores.cloud.admin.query(`
    select (select json_agg(i order by id) from app.items i)::text as items, (select json_agg(w order by ordinal) from tidegate."window" w)::text as windows,
           (select json_agg(k order by chunk) from tidegate.window_chunk k)::text as chunks, (select json_agg(c order by direction) from tidegate.channel c)::text as channels`);
  return rows[0] as Record<string, string>;
};
const channel = async () => (await stores.cloud.admin.query(`select ordinal, peer_cursor, state from tidegate.channel where direction = 'forward'`)).rows[0];

/** Refused, and nothing is stored of it. */
async function refused(options: HandMadeWindow): Promise<string> {
  const before = await state();
  const code = await codeOf(inject(options));
  expect(await state()).toEqual(before);
  return code;
}

/** Closes a load of hand-made chunks. */
async function close(ordinal: number, digests: readonly string[], changed: Partial<ManifestClaims> = {}): Promise<InjectedWindow> {
  const { claims } = window({ ordinal, rows: [] });
  const digest = createHash('sha256').update(digests.join('\n')).digest('base64url');
  const manifest: ManifestClaims = { ...claims, kind: 'load', digest, chunks: digests.length, ...changed };
  return closeLoad(stores.cloud.producer, { plan: stores.cloudPlan, ordinal, manifest, jws: 'load', signReceipt: signAsText });
}

describe('the order of windows', () => {
  it('loads in chunks, in any order and several at a time, and closes only when all are there', async () => {
    const chunks = [2, 0, 1].map((chunk) =>
      window({ ordinal: 1, kind: 'chunk', chunk, rows: [item(chunk * 10), item(chunk * 10 + 1)], claims: { filtered: 1 } }),
    );
    const digests = [0, 1, 2].map((chunk) => chunks.find((c) => c.chunk === chunk)?.claims.digest ?? '');
    const [late, ...early] = chunks;
    await Promise.all(early.map((chunk) => injectWindow(stores.cloud.producer, chunk)));
    expect(await codeOf(close(1, digests, { rows: 6, filtered: 3 }))).toBe('load-incomplete');
    expect(await codeOf(inject({ ordinal: 1, rows: [] }))).toBe('ordinal-out-of-order');
    if (late === undefined) throw new Error('no chunk');
    await injectWindow(stores.cloud.producer, late);
    expect(await codeOf(close(1, digests.toReversed(), { rows: 6, filtered: 3 }))).toBe('batch-refused');
    expect(await codeOf(close(1, digests, { rows: 5, filtered: 3 }))).toBe('batch-refused');
    expect(await channel()).toMatchObject({ ordinal: '0', state: 'new' });
    const closed = await close(1, digests, { rows: 6, filtered: 3 });
    expect(closed).toMatchObject({ repeated: false, books: { offered: 9, applied: 6, filtered: 3 } });
    expect(await close(1, digests, { rows: 6, filtered: 3 })).toEqual({ ...closed, repeated: true });
    expect(await channel()).toMatchObject({ ordinal: '1', state: 'loaded', peer_cursor: 'after-1' });
  });

  it('runs chunks of one load at the same time, and one chunk once', async () => {
    let arrived = 0;
    let release: (() => void) | undefined;
    const both = new Promise<void>((resolve) => (release = resolve));
    // Each waits inside its transaction for the other: were they one after the other, this would never end.
    const beforeReceipt = async () => {
      if (++arrived === 2) release?.();
      await both;
    };
    const chunk = (n: number, name?: string) => window({ ordinal: 2, kind: 'chunk', chunk: n, rows: [item(100 + n, name)], beforeReceipt });
    await Promise.all([injectWindow(stores.cloud.producer, chunk(0)), injectWindow(stores.cloud.producer, chunk(1))]);
    const twice = await Promise.all(
      [3, 3].map((n) => injectWindow(stores.cloud.producer, window({ ordinal: 2, kind: 'chunk', chunk: n, rows: [item(100 + n)] }))),
    );
    expect(new Set(twice.map((done) => done.receiptJws)).size).toBe(1);
    expect(twice.map((done) => done.repeated).toSorted()).toEqual([false, true]);
    expect(twice.map((done) => done.books.applied)).toEqual([1, 1]);
  });

  it('takes a chunk that is sent once more in the place of the first, and refuses other content under the same batch', async () => {
    const first = window({ ordinal: 2, kind: 'chunk', chunk: 1, rows: [item(101), item(102)] });
    expect(await injectWindow(stores.cloud.producer, first)).toMatchObject({ repeated: false, books: { applied: 1, unchanged: 1 } });
    expect(await refused({ ordinal: 2, kind: 'chunk', chunk: 1, rows: [item(101)], claims: { batchId: first.claims.batchId } })).toBe('batch-refused');
  });

  it('gives an open load up by a settlement, after which its number is used up', async () => {
    const receipt = await settleWindow(stores.cloud.producer, { plan: stores.cloudPlan, ordinal: 2, epoch: 1, signReceipt: signAsText });
    expect(JSON.parse(receipt) as ReceiptBody).toMatchObject({ outcome: 'void', ordinal: 2, books: { offered: 0 } });
    expect(await settleWindow(stores.cloud.producer, { plan: stores.cloudPlan, ordinal: 2, epoch: 1, signReceipt: signAsText })).toBe(receipt);
    expect(await refused({ ordinal: 2, kind: 'chunk', chunk: 7, rows: [item(7)] })).toBe('ordinal-void');
    expect(await refused({ ordinal: 2, rows: [item(7)] })).toBe('ordinal-void');
    expect(await channel()).toMatchObject({ ordinal: '2', state: 'loaded', peer_cursor: 'after-1' });
  });

  it('answers a window that was sent twice with the same receipt, and does nothing', async () => {
    const rows = [item(20, 'sent twice')];
    const first = await inject({ ordinal: 3, rows, filtered: 2 });
    expect(first).toMatchObject({ repeated: false, books: { offered: 3, applied: 1, filtered: 2 } });
    const before = await state();
    const again = await inject({ ordinal: 3, rows, filtered: 2 });
    expect(again).toEqual({ ...first, repeated: true });
    expect(await state()).toEqual(before);
    expect(await channel()).toMatchObject({ ordinal: '3', state: 'open', peer_cursor: 'after-3' });
    expect(await settleWindow(stores.cloud.producer, { plan: stores.cloudPlan, ordinal: 3, epoch: 1, signReceipt: signAsText })).toBe(first.receiptJws);
  });

  it('applies one of many copies that arrive at the same time', async () => {
    const copies = await Promise.all(Array.from({ length: 8 }, () => inject({ ordinal: 4, rows: [item(30)] })));
    expect(copies.filter((copy) => !copy.repeated)).toHaveLength(1);
    expect(new Set(copies.map((copy) => copy.receiptJws)).size).toBe(1);
  });

  it('writes the books, the transaction and the receipt into the window', async () => {
    const done = await inject({ ordinal: 5, rows: [item(40), { op: 'D', fields: { id: '999' } }], filtered: 1, runId: 'run/1' });
    const { rows } = await stores.cloud.admin.query(
      `select *, applied_xid::text::bigint < pg_current_xact_id()::text::bigint as done from tidegate."window" where ordinal = 5`,
    );
    expect(rows[0]).toMatchObject({
      kind: 'delta',
      state: 'applied',
      offered: '3',
      applied: '1',
      unchanged: '1',
      filtered: '1',
      tombstones: '1',
      receipt: done.receiptJws,
      run_id: 'run/1',
      done: 't',
    });
  });

  it('moves no cursor for a part', async () => {
    await inject({ ordinal: 6, kind: 'part', rows: [item(50)], claims: { toCursor: 'after-5' } });
    expect(await channel()).toMatchObject({ ordinal: '6', peer_cursor: 'after-5' });
  });
});

describe('a window that is refused', () => {
  it('out of its turn, or under an ordinal that holds other content', async () => {
    expect(await refused({ ordinal: 9, rows: [item(60)] })).toBe('ordinal-out-of-order');
    expect(await refused({ ordinal: 6, rows: [item(60)] })).toBe('batch-refused');
    expect(await codeOf(settleWindow(stores.cloud.producer, { plan: stores.cloudPlan, ordinal: 9, epoch: 1, signReceipt: signAsText }))).toBe(
      'ordinal-out-of-order',
    );
  });

  it('of an older run or generation, or of one that never opened the link', async () => {
    for (const fence of [{ epoch: 2 }, { generation: 2 }]) expect(await refused({ ordinal: 7, rows: [item(60)], ...fence })).toBe('epoch-stale');
    await stores.cloud.admin.query('update tidegate.link set epoch = 2');
    expect(await refused({ ordinal: 7, rows: [item(60)] })).toBe('epoch-stale');
    expect(await codeOf(settleWindow(stores.cloud.producer, { plan: stores.cloudPlan, ordinal: 7, epoch: 1, signReceipt: signAsText }))).toBe('epoch-stale');
    await stores.cloud.admin.query('update tidegate.link set epoch = 1');
  });

  it('whose rows and counts differ, whose rows are no rows, or whose manifest is that of another window', async () => {
    const rows = [item(60), item(61)];
    expect(await refused({ ordinal: 7, rows, claims: { rows: 3 } })).toBe('batch-refused');
    expect(await refused({ ordinal: 7, rows, claims: { tombstones: 1 } })).toBe('batch-refused');
    expect(await refused({ ordinal: 7, rows: [{ op: 'X' as 'I', fields: { id: '1' } }] })).toBe('batch-refused');
    expect(await refused({ ordinal: 7, rows: [{ op: 'U', changed: 'name|secret', fields: { id: '1' } }] })).toBe('batch-refused');
    expect(await refused({ ordinal: 7, rows: [item(60), item(60)] })).toBe('batch-refused');
    for (const claims of [{ ordinal: 8 }, { collection: 'other' }, { direction: 'reverse' as const }, { kind: 'load' as const }])
      expect(await refused({ ordinal: 7, rows, claims })).toBe('batch-refused');
    expect(await refused({ ordinal: 7, rows, claims: { tenant: 'other' } })).toBe('link-mismatch');
    expect(await refused({ ordinal: 7, rows, claims: { schemaHash: 'x'.repeat(43) } })).toBe('schema-drifted');
    expect(await refused({ ordinal: 7, rows, acknowledged: 5 })).toBe('cursor-invalid');
  });

  it('whose bytes are no CSV of its columns', async () => {
    const good = window({ ordinal: 7, rows: [item(60)] });
    for (const text of ['I,*,,,1\n', 'I,*,,,1,a,b\n', 'I,*,,,1,"open\n', 'I,*,,,1,\u0000\n']) {
      const before = await state();
      const rows = (async function* () {
        yield Buffer.from(text);
      })();
      expect(await codeOf(injectWindow(stores.cloud.producer, { ...good, rows }))).toBe('batch-refused');
      expect(await state()).toEqual(before);
    }
  });

  it('whose body breaks off, or whose manifest is found wrong at its end', async () => {
    const broken = (rows: AsyncIterable<Uint8Array>) => codeOf(injectWindow(stores.cloud.producer, { ...window({ ordinal: 7, rows: [item(60)] }), rows }));
    const before = await state();
    expect(
      await broken(
        (async function* () {
          yield Buffer.from('I,*,,,60,"a"\n');
          throw new TidegateError('connection-failed');
        })(),
      ),
    ).toBe('connection-failed');
    const lying = { ...window({ ordinal: 7, rows: [item(60)] }), manifest: () => Promise.reject(new TidegateError('batch-refused')) };
    expect(await codeOf(injectWindow(stores.cloud.producer, lying))).toBe('batch-refused');
    expect(await state()).toEqual(before);
    // And the sessions are as good as new.
    expect(await inject({ ordinal: 7, rows: [item(60)] })).toMatchObject({ books: { applied: 1 } });
  });

  it('on a stopped link, or while its receipt cannot be signed', async () => {
    expect(
      await codeOf(
        injectWindow(stores.cloud.producer, {
          ...window({ ordinal: 8, rows: [item(70)] }),
          signReceipt: () => Promise.reject(new TidegateError('key-unknown')),
        }),
      ),
    ).toBe('key-unknown');
    await stores.cloud.admin.query(`update tidegate.link set state = 'stopped'`);
    expect(await refused({ ordinal: 8, rows: [item(70)] })).toBe('link-stopped');
    await stores.cloud.admin.query(`update tidegate.link set state = 'open'`);
    expect(await inject({ ordinal: 8, rows: [item(70)] })).toMatchObject({ repeated: false });
  });
});

describe('the admission of a window', () => {
  // Rows that come whole in memory, and a window whose rows go through COPY.
  it.each([1, 3000])('is waited for before anything of %i rows is written, and refuses it as a whole', async (rows) => {
    const { ordinal } = await channel();
    const items = Array.from({ length: rows }, (_, i) => item(rows * 100_000 + i));
    const made = () => window({ ordinal: Number(ordinal) + 1, rows: items });
    const before = await state();
    const admission = Promise.withResolvers<void>();
    admission.promise.catch(() => undefined);
    const refusal = injectWindow(stores.cloud.producer, { ...made(), admitted: admission.promise });
    admission.reject(new TidegateError('replayed'));
    expect(await codeOf(refusal)).toBe('replayed');
    expect(await state()).toEqual(before);
    expect((await injectWindow(stores.cloud.producer, { ...made(), admitted: Promise.resolve() })).books).toMatchObject({ applied: rows });
  });
});

describe('a window of a few records', () => {
  const touched = async () => {
    const { rows } = await stores.cloud.admin.query<{ tables: string }>(
      `select count(*)::text as tables from pg_locks l join pg_class c on c.oid = l.relation where c.relpersistence = 't' and l.database = (select oid from pg_database where datname = current_database())`,
    );
    return Number(rows[0]?.tables);
  };

  it('touches no temporary table, which PostgreSQL would empty at the commit, unless something is wrong with it', async () => {
    const { ordinal } = await channel();
    const seen: number[] = [];
    const beforeReceipt = async () => void seen.push(await touched());
    const plain = await inject({ ordinal: Number(ordinal) + 1, rows: [item(7_000_001), item(7_000_002)], beforeReceipt });
    expect(plain.books).toMatchObject({ applied: 2 });
    const rows: HandMadeRow[] = [item(7_000_003), { op: 'I', fields: { id: 'seven', name: 'no number' } }];
    const wrong = await inject({ ordinal: Number(ordinal) + 2, rows, beforeReceipt });
    expect(wrong.books).toMatchObject({ applied: 1, quarantined: 1 });
    expect(seen[0]).toBe(0);
    expect(seen[1]).toBeGreaterThan(0);
  });
});

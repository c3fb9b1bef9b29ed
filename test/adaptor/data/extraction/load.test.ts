import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chunkForm, storeRegistration } from '../../../../adaptor/data/control/registrations.ts';
import { prepareLoad } from '../../../../adaptor/data/extraction/load.ts';
import { readChannels } from '../../../../adaptor/data/state/channel.ts';
import { readChunks } from '../../../../adaptor/data/state/chunk.ts';
import { recordVoid } from '../../../../adaptor/data/state/receipts.ts';
import { binaryRows } from '../../../support/binary-rows.ts';
import { type AppStore, attachCollection, createAppStore } from '../../../support/captured-table.ts';
import { Replica, Sender, appliedBooks, rowsOf } from '../../../support/window-reading.ts';

let store: AppStore<'crm'>;

beforeAll(async () => {
  store = await createAppStore('crm');
});
afterAll(async () => store[Symbol.asyncDispose]());

const sql = (text: string) => store.admin.query(text);

const forward = (collection: string) => ({ link: 'acme/test/hub', collection, direction: 'forward' }) as const;

const stateOf = async (collection: string) =>
  (await readChannels(store.admin, 'acme/test/hub')).find((c) => c.collection === collection && c.direction === 'forward');

describe('an initial load', () => {
  test('reads every row once, in chunks by key of any type', async () => {
    const plan = await attachCollection(store, 'CREATE TABLE app.mixed (a text, b timestamptz, v int, PRIMARY KEY (b, a))', {
      table: 'mixed',
      key: ['b', 'a'],
      fields: ['a', 'b', 'v'],
    });
    await sql(`INSERT INTO app.mixed SELECT 'k' || (i % 7), timestamptz '2024-01-01 00:00+02' + (i % 13) * interval '1 hour', i FROM generate_series(1, 91) i`);
    const sender = await Sender.claim(store.admin, plan);
    await using load = await prepareLoad(store.admin, sender.fence, { plan, chunkRows: 10 });
    expect(load.chunks).toHaveLength(10);
    expect(load.chunks.reduce((sum, { rows }) => sum + rows, 0)).toBe(91);
    const values: string[] = [];
    for (const { chunk, rows } of load.chunks) {
      const open = await load.openChunk(chunk);
      const read = await rowsOf(plan, open.stream());
      await open.close();
      expect(read).toHaveLength(rows);
      expect(read[0]).toMatchObject({ op: 'I', changed: '*', base: null });
      values.push(...read.map(({ v }) => v ?? ''));
    }
    expect(values.map(Number).toSorted((a, b) => a - b)).toEqual(Array.from({ length: 91 }, (_, i) => i + 1));
    expect(await stateOf('mixed')).toMatchObject({ state: 'loading', cursor: null });
  });

  test('reads the same rows in binary, where the cloud said that it takes them and no value is sealed', async () => {
    const plan = await attachCollection(store, 'CREATE TABLE app.formed (id int PRIMARY KEY, v text)', { table: 'formed', fields: ['id', 'v'] });
    await sql(`INSERT INTO app.formed VALUES (1, 'a'), (2, NULL), (3, '')`);
    const sender = await Sender.claim(store.admin, plan);
    expect(await chunkForm(store.admin, plan)).toBe('csv');
    await storeRegistration(store.admin, plan, 'jws', { jws: 'answer', rowForms: ['csv'] });
    expect(await chunkForm(store.admin, plan)).toBe('csv');
    await storeRegistration(store.admin, plan, 'jws', { jws: 'answer', rowForms: ['csv', 'binary'] });
    expect(await chunkForm(store.admin, plan)).toBe('binary');
    expect(await chunkForm(store.admin, { ...plan, schemaHash: 'another' })).toBe('csv');
    const sealed = plan.definition.fields.map((field) => (field.name === 'v' ? { ...field, sealed: true as const } : field));
    expect(await chunkForm(store.admin, { ...plan, definition: { ...plan.definition, fields: sealed } })).toBe('csv');
    await using load = await prepareLoad(store.admin, sender.fence, { plan, chunkRows: 10, form: 'binary' });
    const open = await load.openChunk(0);
    const pieces: Uint8Array[] = [];
    for await (const piece of open.stream()) pieces.push(piece as Uint8Array);
    await open.close();
    expect(open.form).toBe('binary');
    const row = (id: string, v: string | null) => ['I', '*', null, null, id, v];
    expect(Buffer.concat(pieces)).toEqual(binaryRows([row('1', 'a'), row('2', null), row('3', '')]));
  });

  test('chunks are of one snapshot, in parallel, and again, while others write and delete', async () => {
    const plan = await attachCollection(store, 'CREATE TABLE app.moving (id int PRIMARY KEY, v int)', { table: 'moving', fields: ['id', 'v'] });
    await sql('INSERT INTO app.moving SELECT i, 0 FROM generate_series(1, 3000) i');
    const sender = await Sender.claim(store.admin, plan);
    const stop = new AbortController();
    const writer = (async () => {
      for (let i = 1; !stop.signal.aborted; i++) {
        await sql(
          `UPDATE app.moving SET v = v + 1 WHERE id % 10 = ${i % 10}; DELETE FROM app.moving WHERE id = ${i}; INSERT INTO app.moving VALUES (${10_000 + i}, -1)`,
        );
        await delay(1);
      }
    })();
    await using load = await prepareLoad(store.admin, sender.fence, { plan, chunkRows: 500 });
    const { rows } = await store.admin.query('SELECT count(*)::text AS n FROM app.moving');
    const read = async (chunk: number) => {
      const open = await load.openChunk(chunk);
      const content = await rowsOf(plan, open.stream());
      await open.close();
      return content;
    };
    const once = await Promise.all(load.chunks.map(({ chunk }) => read(chunk)));
    await delay(50);
    const again = await Promise.all(load.chunks.map(({ chunk }) => read(chunk)));
    stop.abort();
    await writer;
    expect(again).toEqual(once);
    expect(once.flat()).toHaveLength(load.chunks.reduce((sum, chunk) => sum + chunk.rows, 0));
    expect(rows).toHaveLength(1);
  });

  test('of a large table goes by pages, each read once and again alike, whatever is written meanwhile', async () => {
    const plan = await attachCollection(store, 'CREATE TABLE app.wide (id int PRIMARY KEY, v text, open boolean)', {
      table: 'wide',
      fields: ['id', 'v'],
      filter: { sql: 'open', columns: ['open'] },
    });
    await sql(`INSERT INTO app.wide SELECT i, repeat('v', 700), i % 10 > 0 FROM generate_series(1, 4000) i`);
    await sql('DELETE FROM app.wide WHERE id BETWEEN 1001 AND 2000');
    await sql('VACUUM app.wide');
    const consumer = store.poolFor(store.database.urls.tidegate_consumer);
    const sender = await Sender.claim(store.admin, plan);
    await using load = await prepareLoad(consumer, sender.fence, { plan, chunkRows: 700 });
    expect(load.chunks.map(({ chunk }) => chunk)).toEqual(load.chunks.map((_, i) => i));
    expect(load.chunks.length).toBeGreaterThan(2);
    // By key, all chunks but the last would have just so many.
    expect(load.chunks.slice(0, -1).filter(({ rows, filtered }) => rows + filtered !== 700)).not.toHaveLength(0);
    await sql(
      `UPDATE app.wide SET v = 'later'; INSERT INTO app.wide SELECT i, 'late', true FROM generate_series(1001, 2000) i; DELETE FROM app.wide WHERE id < 500`,
    );
    const read = async (chunk: number) => {
      const open = await load.openChunk(chunk);
      const content = await rowsOf(plan, open.stream());
      await open.close();
      return content;
    };
    const once = await Promise.all(load.chunks.map(({ chunk }) => read(chunk)));
    expect(once.map((rows) => rows.length)).toEqual(load.chunks.map(({ rows }) => rows));
    const ids = once.flat().map(({ id }) => Number(id));
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toHaveLength(2700);
    expect(load.chunks.reduce((sum, { filtered }) => sum + filtered, 0)).toBe(300);
    expect(once.flat().every(({ v }) => v === 'v'.repeat(700))).toBe(true);
    expect(await Promise.all(load.chunks.map(({ chunk }) => read(chunk)))).toEqual(once);
  });

  test('goes by key where the role may not read where rows lie', async () => {
    const plan = await attachCollection(store, 'CREATE TABLE app.closed (id int PRIMARY KEY, v text)', { table: 'closed', fields: ['id', 'v'] });
    await sql(`INSERT INTO app.closed SELECT i, repeat('v', 700) FROM generate_series(1, 3000) i; REVOKE SELECT (ctid) ON app.closed FROM tidegate_consumer`);
    const consumer = store.poolFor(store.database.urls.tidegate_consumer);
    const sender = await Sender.claim(store.admin, plan);
    await using load = await prepareLoad(consumer, sender.fence, { plan, chunkRows: 1000 });
    expect(load.chunks.map(({ rows }) => rows)).toEqual([1000, 1000, 1000]);
  });

  test('together with the deltas after it gives the table, whatever was open or written meanwhile', async () => {
    const plan = await attachCollection(store, 'CREATE TABLE app.handed (id int PRIMARY KEY, v text)', { table: 'handed', fields: ['id', 'v'] });
    await sql(`INSERT INTO app.handed SELECT i, 'v' || i FROM generate_series(1, 100) i`);
    const long = await store.admin.connect();
    await long.query(`BEGIN; UPDATE app.handed SET v = 'late' WHERE id = 1; INSERT INTO app.handed VALUES (1000, 'late'); DELETE FROM app.handed WHERE id = 2`);
    const sender = await Sender.claim(store.admin, plan);
    const replica = new Replica(plan);
    replica.apply(await sender.load(30));
    expect(await stateOf('handed')).toMatchObject({ state: 'loaded' });
    await sql(`UPDATE app.handed SET v = 'after' WHERE id = 3`);
    replica.apply((await sender.send())?.content ?? []);
    expect(await stateOf('handed')).toMatchObject({ state: 'open' });
    await long.query('COMMIT');
    long.release();
    replica.apply((await sender.send())?.content ?? []);
    const { rows } = await store.admin.query('SELECT id::text, v FROM app.handed h ORDER BY h.id');
    expect([...replica.records.values()].toSorted((a, b) => Number(a['id']) - Number(b['id']))).toEqual(rows);
  });

  test('that followed one which was broken off is followed by what was deleted or became private since that one began', async () => {
    const plan = await attachCollection(store, 'CREATE TABLE app.broken (id int PRIMARY KEY, v text, secret boolean NOT NULL DEFAULT false)', {
      table: 'broken',
      fields: ['id', 'v'],
      private: { sql: 'secret', columns: ['secret'] },
    });
    await sql(`INSERT INTO app.broken SELECT i, 'v' || i FROM generate_series(1, 10) i`);
    const sender = await Sender.claim(store.admin, plan);
    const breakOff = async () => {
      const load = await prepareLoad(store.admin, sender.fence, { plan, chunkRows: 5 });
      await load[Symbol.asyncDispose]();
      const receipt = { ...plan.link, collection: 'broken', direction: 'forward' as const, ordinal: load.ordinal, outcome: 'void' as const };
      await recordVoid(store.admin, {
        ...forward('broken'),
        epoch: sender.epoch,
        ordinal: load.ordinal,
        receipt: { ...receipt, books: appliedBooks(0) },
        receiptJws: 'receipt',
      });
    };
    await sql('DELETE FROM app.broken WHERE id = 1');
    await breakOff();
    await sql(`DELETE FROM app.broken WHERE id = 2; UPDATE app.broken SET secret = true WHERE id = 3; UPDATE app.broken SET v = 'new' WHERE id = 4`);
    await breakOff();
    await sql('DELETE FROM app.broken WHERE id = 5');
    expect(await sender.load()).toHaveLength(6);
    const sent = await sender.send();
    expect(sent?.content.map(({ op, id }) => `${op} ${id}`).toSorted()).toEqual(['D 2', 'D 3', 'D 5', 'U 4']);
    expect(await sender.send()).toBeUndefined();
  });

  test('keeps the receipts of its chunks', async () => {
    const chunks = await readChunks(store.admin, forward('handed'), 1);
    expect(chunks.map(({ chunk, offered }) => [chunk, offered])).toEqual([
      [0, 30],
      [1, 30],
      [2, 30],
      [3, 10],
    ]);
  });

  test('of an empty table has no chunk; the delta after it goes even though it is empty', async () => {
    const plan = await attachCollection(store, 'CREATE TABLE app.empty (id int PRIMARY KEY)', { table: 'empty', fields: ['id'] });
    const sender = await Sender.claim(store.admin, plan);
    expect(await sender.load()).toEqual([]);
    expect(await sender.send()).toMatchObject({ kind: 'delta', rows: 0 });
    expect(await stateOf('empty')).toMatchObject({ state: 'open' });
    expect(await sender.send()).toBeUndefined();
  });

  test('counts what the filter keeps back, chunk by chunk', async () => {
    const plan = await attachCollection(store, 'CREATE TABLE app.half (id int PRIMARY KEY, open boolean)', {
      table: 'half',
      fields: ['id'],
      filter: { sql: 'open', columns: ['open'] },
    });
    await sql('INSERT INTO app.half SELECT i, i % 2 = 0 FROM generate_series(1, 10) i; INSERT INTO app.half VALUES (11, NULL)');
    const sender = await Sender.claim(store.admin, plan);
    await using load = await prepareLoad(store.admin, sender.fence, { plan, chunkRows: 4 });
    expect(load.chunks).toEqual([
      { chunk: 0, rows: 2, filtered: 2 },
      { chunk: 1, rows: 2, filtered: 2 },
      { chunk: 2, rows: 1, filtered: 2 },
    ]);
    const open = await load.openChunk(1);
    expect((await rowsOf(plan, open.stream())).map(({ id }) => id)).toEqual(['6', '8']);
    await open.close();
  });

  test('is refused to a run that was overtaken, while one is open, and once it is done', async () => {
    const plan = await attachCollection(store, 'CREATE TABLE app.once (id int PRIMARY KEY)', { table: 'once', fields: ['id'] });
    const old = await Sender.claim(store.admin, plan);
    const sender = await Sender.claim(store.admin, plan);
    await expect(prepareLoad(store.admin, old.fence, { plan, chunkRows: 10 })).rejects.toMatchObject({ code: 'epoch-stale' });
    const abandoned = await prepareLoad(store.admin, sender.fence, { plan, chunkRows: 10 });
    await abandoned[Symbol.asyncDispose]();
    await expect(prepareLoad(store.admin, sender.fence, { plan, chunkRows: 10 })).rejects.toMatchObject({ code: 'ordinal-out-of-order' });
    await sql(
      `UPDATE tidegate.window SET state = 'void' WHERE collection = 'once'; UPDATE tidegate.channel SET ordinal = 1 WHERE collection = 'once' AND direction = 'forward'`,
    );
    await sender.load();
    await expect(prepareLoad(store.admin, sender.fence, { plan, chunkRows: 10 })).rejects.toMatchObject({ code: 'bad-request' });
  });

  test('gives every connection back', async () => {
    const { rows } = await store.admin.query(
      `SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'`,
    );
    expect(rows).toEqual([{ n: '0' }]);
  });
});

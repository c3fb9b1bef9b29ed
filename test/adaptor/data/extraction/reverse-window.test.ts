import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { withReverseWindow } from '../../../../adaptor/data/extraction/reverse-answer.ts';
import { injectingSetting } from '../../../../adaptor/data/capture/capture.ts';
import type { PreparedWindow } from '../../../../adaptor/data/extraction/prepared-window.ts';
import type { CollectionPlan } from '../../../../adaptor/data/plan.ts';
import { readChannels } from '../../../../adaptor/data/state/channel.ts';
import type { ReverseOrder } from '../../../../exchange/claims.ts';
import { type AppStore, attachCollection, createAppStore, readLog } from '../../../support/captured-table.ts';
import { type ReadRow, receive, rowsOf } from '../../../support/window-reading.ts';

let store: AppStore<'cloud'>;
let producer: Pool;

beforeAll(async () => {
  store = await createAppStore('cloud');
  producer = store.poolFor(store.database.urls.tidegate_producer);
});
afterAll(async () => store[Symbol.asyncDispose]());

const LINK = 'acme/test/hub';

const sql = (text: string) => store.admin.query(text);

/** A collection with a tenant in its key and the row rule of a cloud, whose hand-over is done. */
async function cloudCollection(table: string): Promise<CollectionPlan> {
  const ddl = `CREATE TABLE app.${table} (tenant text, id int, name text, age int, PRIMARY KEY (tenant, id));
    ALTER TABLE app.${table} ENABLE ROW LEVEL SECURITY; ALTER TABLE app.${table} FORCE ROW LEVEL SECURITY;
    CREATE POLICY tenant ON app.${table} USING (tenant = current_setting('tidegate.tenant', true));
    GRANT USAGE ON SCHEMA app TO tidegate_producer; GRANT SELECT, INSERT, UPDATE, DELETE ON app.${table} TO tidegate_producer`;
  const plan = await attachCollection(store, ddl, { table, fields: ['id', 'name', 'age'], tenantColumn: 'tenant' });
  await applyForward(plan, 1);
  return plan;
}

/** What is left of an applied forward window at the cloud. */
async function applyForward(plan: CollectionPlan, ordinal: number, write = ''): Promise<void> {
  const client = await producer.connect();
  await client.query(`BEGIN; SET LOCAL tidegate.tenant = 'acme'; SELECT set_config('tidegate.injecting', '${injectingSetting(plan.binding)}', true)`);
  if (write !== '') await client.query(write);
  await client.query(`INSERT INTO tidegate.window (link, collection, direction, ordinal, kind, batch_id, state, applied_xid)
    VALUES ('${LINK}', '${plan.definition.name}', 'forward', ${ordinal}, 'delta', '${randomUUID()}', 'applied', pg_current_xact_id())`);
  await client.query('COMMIT');
  client.release();
}

interface Channel {
  ordinal: number;
  cursor: string | null;
}

const orderFor = (plan: CollectionPlan, { ordinal, cursor }: Channel, limits: Partial<ReverseOrder> = {}): ReverseOrder => ({
  collection: plan.definition.name,
  fields: ['name', 'age'],
  operations: ['I', 'U', 'D'],
  afterOrdinal: ordinal,
  cursor,
  maxRows: 1000,
  maxWindows: 10,
  deleteBudget: 100,
  ...limits,
});

/** The CRM's end: remembers what it accepted, orders, and receipts. */
class Crm {
  readonly plan: CollectionPlan;
  accepted: Channel = { ordinal: 0, cursor: null };

  constructor(plan: CollectionPlan) {
    this.plan = plan;
  }

  async pull(
    messageId: string = randomUUID(),
    limits: Partial<ReverseOrder> = {},
    receipted = true,
  ): Promise<(Omit<PreparedWindow, 'stream'> & { content: readonly ReadRow[] }) | undefined> {
    const order = { plan: this.plan, messageId, order: orderFor(this.plan, this.accepted, limits) };
    return withReverseWindow(producer, { link: LINK, generation: 1 }, order, async (window) => {
      if (window === undefined) return undefined;
      const content = await rowsOf(this.plan, window.stream());
      if (receipted) {
        await receive(producer, this.plan, window, undefined, messageId);
        this.accept(window);
      }
      return { ...window, content };
    });
  }

  accept(window: Pick<PreparedWindow, 'ordinal' | 'toCursor'>): void {
    this.accepted = { ordinal: window.ordinal, cursor: window.toCursor };
  }
}

const byId = (rows: readonly ReadRow[] | undefined) => (rows ?? []).toSorted((a, b) => Number(a['id']) - Number(b['id']));

describe('what a cloud user changed', () => {
  test('comes with the fields, their bases and the user; what forward wrote does not', async () => {
    const plan = await cloudCollection('edits');
    const crm = new Crm(plan);
    await applyForward(plan, 2, `INSERT INTO app.edits VALUES ('acme', 1, 'a', 1), ('acme', 2, 'b', 2), ('acme', 3, 'c', 3)`);
    expect(await readLog(store.admin, false)).toEqual([]);
    await sql(`BEGIN; SET LOCAL tidegate.actor = 'eve'; UPDATE app.edits SET name = 'x' WHERE id = 1; COMMIT`);
    await applyForward(plan, 3, `UPDATE app.edits SET age = 10 WHERE id = 1`);
    await sql(`UPDATE app.edits SET age = 11, name = 'y' WHERE id = 1`);
    await sql(`DELETE FROM app.edits WHERE id = 2; INSERT INTO app.edits VALUES ('acme', 9, 'new', 9), ('other', 1, 'not theirs', 0)`);
    const window = await crm.pull();
    expect(window).toMatchObject({ kind: 'delta', direction: 'reverse', ordinal: 1, fromCursor: null, rows: 3, tombstones: 1, hasLater: false });
    expect(byId(window?.content)).toEqual([
      { op: 'U', changed: 'name|age', base: '2|3', actor: null, id: '1', name: 'y', age: '11' },
      { op: 'D', changed: '*', base: '3', actor: null, id: '2', name: null, age: null },
      { op: 'I', changed: '*', base: '3', actor: null, id: '9', name: 'new', age: '9' },
    ]);
    expect(await crm.pull()).toBeUndefined();
    await sql(`BEGIN; SET LOCAL tidegate.actor = 'eve'; UPDATE app.edits SET name = 'z' WHERE id = 1; COMMIT`);
    expect((await crm.pull())?.content).toMatchObject([{ changed: 'name', base: '3', actor: 'eve' }]);
  });

  test('what a trigger of the cloud derives from a forward write goes back', async () => {
    const plan = await cloudCollection('derives');
    const crm = new Crm(plan);
    await sql(`CREATE FUNCTION app.derive() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE app.derives SET age = 42 WHERE id = NEW.id; RETURN NULL; END $$;
      CREATE TRIGGER derive AFTER INSERT ON app.derives FOR EACH ROW EXECUTE FUNCTION app.derive()`);
    await applyForward(plan, 2, `INSERT INTO app.derives VALUES ('acme', 1, 'a', 1)`);
    expect((await crm.pull())?.content).toMatchObject([{ op: 'U', changed: 'age', id: '1', age: '42' }]);
  });

  test('a base that an open forward transaction has not given yet is the one before', async () => {
    const plan = await cloudCollection('bases');
    const crm = new Crm(plan);
    await applyForward(plan, 2, `INSERT INTO app.bases VALUES ('acme', 1, 'a', 1), ('acme', 2, 'b', 2)`);
    const client = await producer.connect();
    await client.query(
      `BEGIN; SET LOCAL tidegate.tenant = 'acme'; SELECT set_config('tidegate.injecting', 'app.bases', true); UPDATE app.bases SET age = 5 WHERE id = 2`,
    );
    await client.query(`INSERT INTO tidegate.window (link, collection, direction, ordinal, kind, batch_id, state, applied_xid)
      VALUES ('${LINK}', 'bases', 'forward', 3, 'delta', '${randomUUID()}', 'applied', pg_current_xact_id())`);
    await sql(`UPDATE app.bases SET name = 'x' WHERE id = 1`);
    await client.query('COMMIT');
    client.release();
    await sql(`UPDATE app.bases SET name = 'y' WHERE id = 2`);
    expect(byId((await crm.pull())?.content)).toMatchObject([
      { id: '1', base: '2' },
      { id: '2', base: '3' },
    ]);
  });
});

describe('the windows of a message', () => {
  test('are cut by key, as parts, until the last one moves the cursor', async () => {
    const plan = await cloudCollection('cut');
    const crm = new Crm(plan);
    await sql(`INSERT INTO app.cut SELECT 'acme', i, 'n' || i, i FROM generate_series(1, 25) i`);
    const message = randomUUID();
    const windows = [];
    for (let window = await crm.pull(message, { maxRows: 10 }); window !== undefined; window = await crm.pull(message, { maxRows: 10 })) {
      windows.push(window);
      if (windows.length === 1)
        await sql(`UPDATE app.cut SET name = 'meanwhile' WHERE id = 1; DELETE FROM app.cut WHERE id = 25; INSERT INTO app.cut VALUES ('acme', 99, 'late', 1)`);
      if (!window.hasLater) break;
    }
    expect(windows.map(({ kind, rows, hasLater }) => ({ kind, rows, hasLater }))).toEqual([
      { kind: 'part', rows: 10, hasLater: true },
      { kind: 'part', rows: 10, hasLater: true },
      { kind: 'delta', rows: 4, hasLater: true },
      { kind: 'delta', rows: 3, hasLater: false },
    ]);
    const seen = windows.flatMap(({ content }) => content.map(({ op, id }) => `${op}${id}`));
    expect(new Set(seen.slice(0, 24)).size).toBe(24);
    expect(seen.slice(24).toSorted()).toEqual(['D25', 'I99', 'U1']);
  });

  test('an unreceipted window is answered again under its number, even after a cut', async () => {
    const plan = await cloudCollection('again');
    const crm = new Crm(plan);
    await sql(`INSERT INTO app.again SELECT 'acme', i, 'n' || i, i FROM generate_series(1, 5) i`);
    const message = randomUUID();
    const lost = await crm.pull(message, { maxRows: 3 }, false);
    await sql(`INSERT INTO app.again VALUES ('acme', 6, 'n', 6); UPDATE app.again SET name = 'newer' WHERE id = 1`);
    const again = await crm.pull(message, { maxRows: 3 });
    expect(again).toMatchObject({ ordinal: lost?.ordinal, rows: 3, kind: 'part', fromCursor: lost?.fromCursor, toCursor: lost?.toCursor });
    expect(again?.content.map(({ id }) => id)).toEqual(lost?.content.map(({ id }) => id));
    expect(again?.batchId).not.toBe(lost?.batchId);
  });

  test('a later message takes an unreceipted window over, with what has come meanwhile', async () => {
    const plan = await cloudCollection('taken');
    const crm = new Crm(plan);
    await sql(`INSERT INTO app.taken VALUES ('acme', 1, 'a', 1)`);
    const lost = await crm.pull(randomUUID(), {}, false);
    await sql(`INSERT INTO app.taken VALUES ('acme', 2, 'b', 2)`);
    expect(await crm.pull()).toMatchObject({ ordinal: lost?.ordinal, rows: 2 });
  });

  test('a window whose receipt was lost counts as accepted where the next order says so', async () => {
    const plan = await cloudCollection('repeats');
    const crm = new Crm(plan);
    await sql(`INSERT INTO app.repeats VALUES ('acme', 1, 'a', 1)`);
    const window = await crm.pull(randomUUID(), {}, false);
    if (window === undefined) throw new Error('no window');
    crm.accept(window);
    await sql(`INSERT INTO app.repeats VALUES ('acme', 2, 'b', 2)`);
    expect(await crm.pull()).toMatchObject({ ordinal: window.ordinal + 1, rows: 1 });
  });

  test('no more than the message allows, and the last one says so', async () => {
    const plan = await cloudCollection('limits');
    const crm = new Crm(plan);
    await sql(`INSERT INTO app.limits SELECT 'acme', i, 'n', i FROM generate_series(1, 9) i`);
    const message = randomUUID();
    expect(await crm.pull(message, { maxRows: 3, maxWindows: 2 })).toMatchObject({ rows: 3, hasLater: true });
    expect(await crm.pull(message, { maxRows: 3, maxWindows: 2 })).toMatchObject({ rows: 3, hasLater: false });
    expect(await crm.pull(message, { maxRows: 3, maxWindows: 2 })).toBeUndefined();
    expect(await crm.pull(randomUUID(), { maxRows: 3 })).toMatchObject({ rows: 3, kind: 'delta' });
  });

  test('what is left of a promised part may be nothing: then an empty window moves the cursor', async () => {
    const plan = await cloudCollection('vanish');
    const crm = new Crm(plan);
    await sql(`INSERT INTO app.vanish SELECT 'acme', i, 'n', i FROM generate_series(1, 4) i`);
    const message = randomUUID();
    await crm.pull(message, { maxRows: 3 });
    await sql(`DELETE FROM app.vanish WHERE id = 4`);
    expect(await crm.pull(message, { maxRows: 3 })).toMatchObject({ rows: 0, kind: 'delta', hasLater: true });
    expect((await crm.pull(message, { maxRows: 3 }))?.content).toMatchObject([{ op: 'D', id: '4' }]);
  });
});

describe('refused', () => {
  test('before the first delta after the load', async () => {
    const plan = await cloudCollection('early');
    await sql(`UPDATE tidegate.window SET kind = 'load' WHERE collection = 'early'`);
    await expect(new Crm(plan).pull()).rejects.toMatchObject({ code: 'load-incomplete' });
  });

  test('an order from where the cloud is not: behind, ahead, or at another cursor', async () => {
    const plan = await cloudCollection('astray');
    const crm = new Crm(plan);
    await sql(`INSERT INTO app.astray VALUES ('acme', 1, 'a', 1)`);
    await crm.pull();
    const good = crm.accepted;
    for (const wrong of [
      { ordinal: 0, cursor: null },
      { ordinal: 5, cursor: good.cursor },
      { ordinal: good.ordinal, cursor: null },
      { ordinal: good.ordinal, cursor: 'bm9uc2Vuc2U' },
      {
        ordinal: good.ordinal,
        cursor: Buffer.from(
          Buffer.from(good.cursor ?? '', 'base64url')
            .toString()
            .replace(/"timeline":1/, '"timeline":2'),
        ).toString('base64url'),
      },
      {
        ordinal: good.ordinal,
        cursor: Buffer.from(
          Buffer.from(good.cursor ?? '', 'base64url')
            .toString()
            .replace(/"snapshot":"[^"]*"/, '"snapshot":"1:1:"'),
        ).toString('base64url'),
      },
    ]) {
      crm.accepted = wrong;
      await expect(crm.pull()).rejects.toMatchObject({ code: 'cursor-invalid' });
    }
  });

  test('a truncated table, even before the first window, where the log does not hold what went', async () => {
    const plan = await cloudCollection('cleared');
    await sql(`INSERT INTO app.cleared VALUES ('acme', 1, 'a', 1)`);
    await sql(`TRUNCATE app.cleared; UPDATE tidegate.change_log SET old = NULL WHERE op = 'T'`);
    await expect(new Crm(plan).pull()).rejects.toMatchObject({ code: 'truncate-needs-approval' });
  });

  test('an order of another generation', async () => {
    const plan = await cloudCollection('older');
    const order = { plan, messageId: randomUUID(), order: orderFor(plan, { ordinal: 0, cursor: null }) };
    await expect(withReverseWindow(producer, { link: LINK, generation: 2 }, order, async () => undefined)).rejects.toMatchObject({ code: 'epoch-stale' });
  });

  test('a receipt that accepts another cursor', async () => {
    const plan = await cloudCollection('cursors');
    const crm = new Crm(plan);
    await sql(`INSERT INTO app.cursors VALUES ('acme', 1, 'a', 1)`);
    const window = await crm.pull(randomUUID(), {}, false);
    if (window === undefined) throw new Error('no window');
    const forged = {
      ...window,
      toCursor: Buffer.from('{}').toString('base64url'),
      stream: () => {
        throw new Error('unused');
      },
    };
    await expect(receive(producer, plan, forged, undefined)).rejects.toMatchObject({ code: 'cursor-invalid' });
    const channel = (await readChannels(store.admin, LINK)).find((c) => c.collection === 'cursors' && c.direction === 'reverse');
    expect(channel).toMatchObject({ ordinal: 0, cursor: null });
  });
});

test('the reader is the tenant’s: rows of others are neither seen nor counted', async () => {
  const plan = await cloudCollection('tenants');
  const crm = new Crm(plan);
  await sql(`INSERT INTO app.tenants VALUES ('acme', 1, 'ours', 1), ('other', 1, 'theirs', 1), ('other', 2, 'theirs', 1)`);
  await sql(`UPDATE app.tenants SET name = 'again' WHERE tenant = 'other'`);
  expect((await crm.pull())?.content).toMatchObject([{ op: 'I', id: '1', name: 'ours' }]);
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { withSnapshot } from '../../../../adaptor/data/extraction/snapshot.ts';
import { attachTable } from '../../../../adaptor/data/capture/attach.ts';
import { controlRow } from '../../../../adaptor/data/control-rows.ts';
import { readChannels } from '../../../../adaptor/data/state/channel.ts';
import type { CollectionPlan } from '../../../../adaptor/data/plan.ts';
import { type AppStore, type SourceInput, attachCollection, createAppStore, planFor } from '../../../support/captured-table.ts';
import { Sender, receive, rowsOf } from '../../../support/window-reading.ts';

let store: AppStore<'crm'>;

beforeAll(async () => {
  store = await createAppStore('crm');
});
afterAll(async () => store[Symbol.asyncDispose]());

const sql = (text: string) => store.admin.query(text);

/** A loaded collection whose first delta is receipted. */
async function openCollection(ddl: string, input: SourceInput): Promise<{ sender: Sender; plan: CollectionPlan }> {
  const plan = await attachCollection(store, ddl, input);
  const sender = await Sender.claim(store.admin, plan);
  await sender.load();
  await sender.send();
  return { sender: await Sender.claim(store.admin, plan), plan };
}

const people = (table: string, extra: Partial<SourceInput> = {}) =>
  openCollection(`CREATE TABLE app.${table} (id int PRIMARY KEY, name text, age int, open boolean DEFAULT true)`, {
    table,
    fields: ['id', 'name', 'age'],
    ...extra,
  });

const channelOf = async (plan: CollectionPlan) =>
  (await readChannels(store.admin, plan.linkName)).find(({ collection, direction }) => collection === plan.definition.name && direction === 'forward');

describe('what a window holds', () => {
  test('records that came, changed (with the fields that did) and went, once each', async () => {
    const { sender } = await people('net');
    await sql(`INSERT INTO app.net VALUES (1, 'a', 1), (2, 'b', 2), (3, 'c', 3)`);
    const first = await sender.send();
    expect(first).toMatchObject({ kind: 'delta', rows: 3, tombstones: 0, filtered: 0, hasLater: false, acknowledgedReverseOrdinal: 0 });
    expect(first?.content).toEqual([
      { op: 'I', changed: '*', base: null, actor: null, id: '1', name: 'a', age: '1' },
      { op: 'I', changed: '*', base: null, actor: null, id: '2', name: 'b', age: '2' },
      { op: 'I', changed: '*', base: null, actor: null, id: '3', name: 'c', age: '3' },
    ]);
    await sql(`UPDATE app.net SET name = 'x' WHERE id = 1`);
    await sql(`UPDATE app.net SET age = NULL WHERE id = 1`);
    await sql(`UPDATE app.net SET name = 'y' WHERE id = 2`);
    await sql(`DELETE FROM app.net WHERE id = 3`);
    const second = await sender.send();
    expect(second).toMatchObject({ rows: 3, tombstones: 1, fromCursor: first?.toCursor, ordinal: (first?.ordinal ?? 0) + 1 });
    expect(second?.content.toSorted((a, b) => String(a['id']).localeCompare(String(b['id'])))).toMatchObject([
      { op: 'U', changed: 'name|age', id: '1', name: 'x', age: null },
      { op: 'U', changed: 'name', id: '2', name: 'y', age: '2' },
      { op: 'D', changed: '*', id: '3', name: null, age: null },
    ]);
    expect(await sender.send()).toBeUndefined();
  });

  test('the net effect: born and gone is nothing, gone and born again is a whole change', async () => {
    const { sender } = await people('effect');
    await sql(`INSERT INTO app.effect VALUES (1, 'a', 1)`);
    await sender.send();
    await sql(`INSERT INTO app.effect VALUES (9, 'z', 9)`);
    await sql(`UPDATE app.effect SET age = 10 WHERE id = 9`);
    await sql(`DELETE FROM app.effect WHERE id = 9`);
    await sql(`DELETE FROM app.effect WHERE id = 1`);
    await sql(`INSERT INTO app.effect VALUES (1, 'again', 2)`);
    const window = await sender.send();
    expect(window?.content).toEqual([{ op: 'U', changed: '*', base: null, actor: null, id: '1', name: 'again', age: '2' }]);
    await sql(`DELETE FROM app.effect WHERE id = 1`);
    await sql(`INSERT INTO app.effect VALUES (1, 'third', 3)`);
    await sql(`DELETE FROM app.effect WHERE id = 1`);
    expect((await sender.send())?.content).toMatchObject([{ op: 'D', id: '1' }]);
    await sql(`INSERT INTO app.effect VALUES (5, 'n', 1)`);
    await sql(`UPDATE app.effect SET name = 'm' WHERE id = 5`);
    expect((await sender.send())?.content).toMatchObject([{ op: 'I', changed: '*', id: '5', name: 'm' }]);
  });

  test('null and the empty string apart, and bytes as they are', async () => {
    const { sender } = await people('bytes');
    await sql(`INSERT INTO app.bytes VALUES (1, '', 1), (2, NULL, 2), (3, E'a,"b"\n\t\\\\N ü😀', 3)`);
    expect((await sender.send())?.content.map(({ name }) => name)).toEqual(['', null, 'a,"b"\n\t\\N ü😀']);
  });

  test('enumerations in the words of the wire', async () => {
    const { sender } = await openCollection('CREATE TABLE app.states (id int PRIMARY KEY, state text)', {
      table: 'states',
      fields: ['id', { field: 'state', enumeration: { 'in-progress': 'in_progress', done: 'done' } }],
    });
    await sql(`INSERT INTO app.states VALUES (1, 'in_progress'), (2, 'done'), (3, 'odd'), (4, NULL)`);
    expect((await sender.send())?.content.map(({ state }) => state)).toEqual(['in-progress', 'done', 'odd', null]);
  });

  test('who changed a record last', async () => {
    const { sender } = await people('actors');
    await sql(`INSERT INTO app.actors VALUES (1, 'a', 1)`);
    const client = await store.admin.connect();
    await client.query(`BEGIN; SET LOCAL tidegate.actor = 'ann'; UPDATE app.actors SET age = 2; COMMIT`);
    client.release();
    expect((await sender.send())?.content).toMatchObject([{ op: 'I', actor: 'ann' }]);
  });

  test('no change of a field that the cloud alone may change', async () => {
    const { sender } = await people('kept', { fields: ['id', 'name', { field: 'age', authority: 'cloud' }] });
    await sql(`INSERT INTO app.kept VALUES (1, 'a', 1)`);
    expect((await sender.send())?.content).toMatchObject([{ op: 'I', changed: '*', age: '1' }]);
    await sql(`UPDATE app.kept SET age = 2`);
    expect(await sender.send()).toBeUndefined();
    await sql(`UPDATE app.kept SET age = 3, name = 'b'`);
    expect((await sender.send())?.content).toMatchObject([{ op: 'U', changed: 'name' }]);
    await sql(`DELETE FROM app.kept; INSERT INTO app.kept VALUES (1, 'c', 9)`);
    expect((await sender.send())?.content).toMatchObject([{ op: 'U', changed: 'name' }]);
  });
});

describe('transactions', () => {
  test('a row that is committed late is in the next window, and holds nobody else up', async () => {
    const { sender } = await people('late');
    const client = await store.admin.connect();
    await client.query(`BEGIN; INSERT INTO app.late VALUES (1, 'late', 1)`);
    await sql(`INSERT INTO app.late VALUES (2, 'early', 2)`);
    expect((await sender.send())?.content).toMatchObject([{ id: '2' }]);
    await sql(`INSERT INTO app.late VALUES (3, 'next', 3)`);
    expect((await sender.send())?.content).toMatchObject([{ id: '3' }]);
    await client.query('COMMIT');
    client.release();
    expect((await sender.send())?.content).toMatchObject([{ id: '1', name: 'late' }]);
    expect(await sender.send()).toBeUndefined();
  });

  test('what is rolled back, and the numbers it used up, stall nothing', async () => {
    const { sender } = await people('gaps');
    const client = await store.admin.connect();
    await client.query(`BEGIN; INSERT INTO app.gaps VALUES (1, 'gone', 1); ROLLBACK`);
    await client.query(`BEGIN; INSERT INTO app.gaps VALUES (1, 'kept', 1); SAVEPOINT s; UPDATE app.gaps SET name = 'gone'; ROLLBACK TO s; COMMIT`);
    client.release();
    expect((await sender.send())?.content).toMatchObject([{ op: 'I', id: '1', name: 'kept' }]);
  });

  test('values are those of the snapshot, not of the moment they are read', async () => {
    const { sender, plan } = await people('stable');
    await sql(`INSERT INTO app.stable VALUES (1, 'then', 1)`);
    await withSnapshot(store.admin, sender.fence, async (snapshot) => {
      const window = await snapshot.prepareWindow({ plan, phase: 'all' });
      if (window === undefined) throw new Error('no window');
      await sql(`UPDATE app.stable SET name = 'now'`);
      expect(await rowsOf(plan, window.stream())).toMatchObject([{ op: 'I', name: 'then' }]);
      await receive(store.admin, plan, window, sender.epoch);
    });
    expect((await sender.send())?.content).toMatchObject([{ op: 'U', changed: 'name', name: 'now' }]);
  });

  test('a stream that is left in the middle leaves the window prepared, and the process alive', async () => {
    const { sender, plan } = await people('left');
    await sql(`INSERT INTO app.left SELECT i, repeat('x', 1000), i FROM generate_series(1, 5000) i`);
    const failure = new Error('gone');
    const reading = withSnapshot(store.admin, sender.fence, async (snapshot) => {
      const window = await snapshot.prepareWindow({ plan, phase: 'all' });
      for await (const _ of window?.stream() ?? []) throw failure;
    });
    await expect(reading).rejects.toBe(failure);
    expect(await controlRow(store.admin, `SELECT state FROM tidegate.window WHERE collection = 'left' ORDER BY ordinal DESC LIMIT 1`)).toEqual({
      state: 'prepared',
    });
  });

  test('a long transaction that changes what a window ships meanwhile loses neither', async () => {
    const { sender } = await people('both');
    await sql(`INSERT INTO app.both VALUES (1, 'a', 1)`);
    await sender.send();
    const client = await store.admin.connect();
    await client.query(`BEGIN; UPDATE app.both SET age = 50 WHERE id = 1`);
    await sql(`INSERT INTO app.both VALUES (2, 'b', 2)`);
    await sender.send();
    await client.query('COMMIT');
    client.release();
    expect((await sender.send())?.content).toMatchObject([{ op: 'U', changed: 'age', id: '1', age: '50' }]);
  });
});

describe('rows outside the collection', () => {
  const filtered = (table: string, outOfScope: 'keep' | 'retract') => people(table, { filter: { sql: 'open -- only those', columns: ['open'] }, outOfScope });

  test('stay where they are, counted while others go', async () => {
    const { sender } = await filtered('outside', 'retract');
    await sql(`INSERT INTO app.outside VALUES (1, 'in', 1, true), (2, 'out', 2, false), (3, 'unknown', 3, NULL)`);
    const window = await sender.send();
    expect(window).toMatchObject({ rows: 1, filtered: 2 });
    expect(window?.content).toMatchObject([{ id: '1' }]);
    await sql(`UPDATE app.outside SET name = 'still out' WHERE id = 2`);
    expect(await sender.send()).toBeUndefined();
    await sql(`DELETE FROM app.outside WHERE id = 2`);
    expect(await sender.send()).toBeUndefined();
  });

  test('leave as tombstones where they are to be retracted, and come back whole', async () => {
    const { sender } = await filtered('retract', 'retract');
    await sql(`INSERT INTO app.retract VALUES (1, 'a', 1, true), (2, 'b', 2, true)`);
    await sender.send();
    await sql(`UPDATE app.retract SET open = false, name = 'hidden' WHERE id = 1`);
    expect((await sender.send())?.content).toEqual([{ op: 'D', changed: '*', base: null, actor: null, id: '1', name: null, age: null }]);
    await sql(`UPDATE app.retract SET open = true WHERE id = 1`);
    expect((await sender.send())?.content).toMatchObject([{ op: 'U', changed: '*', id: '1', name: 'hidden' }]);
  });

  test('leave unseen where the other side keeps its copy', async () => {
    const { sender } = await filtered('keep', 'keep');
    await sql(`INSERT INTO app.keep VALUES (1, 'a', 1, true), (2, 'b', 2, true)`);
    await sender.send();
    await sql(`UPDATE app.keep SET open = false WHERE id = 1`);
    await sql(`UPDATE app.keep SET name = 'c' WHERE id = 2`);
    const window = await sender.send();
    expect(window).toMatchObject({ rows: 1, filtered: 1, tombstones: 0 });
  });

  test.each([
    ['left, then was deleted', `UPDATE app.turns SET open = false WHERE id = 1; DELETE FROM app.turns WHERE id = 1`, ['D1']],
    ['left and came back', `UPDATE app.turns SET open = false WHERE id = 1; UPDATE app.turns SET open = true WHERE id = 1`, []],
    ['left, changed, came back', `UPDATE app.turns SET open = false WHERE id = 1; UPDATE app.turns SET name = 'n', open = true WHERE id = 1`, ['U1']],
    ['was deleted and born outside', `DELETE FROM app.turns WHERE id = 1; INSERT INTO app.turns VALUES (1, 'p', 1, false)`, ['D1']],
    ['entered, then was deleted', `UPDATE app.turns SET open = true WHERE id = 2; DELETE FROM app.turns WHERE id = 2`, []],
    ['entered and changed', `UPDATE app.turns SET open = true WHERE id = 2; UPDATE app.turns SET name = 'e' WHERE id = 2`, ['U2']],
    ['was deleted outside and born inside', `DELETE FROM app.turns WHERE id = 2; INSERT INTO app.turns VALUES (2, 'q', 1, true)`, ['U2']],
  ])('a record that %s', async (_what, statements, expected) => {
    await sql(
      `DROP TABLE IF EXISTS app.turns; DELETE FROM tidegate.source WHERE table_name = 'turns'; DELETE FROM tidegate.channel WHERE collection = 'turns'`,
    );
    const { sender } = await filtered('turns', 'retract');
    await sql(`INSERT INTO app.turns VALUES (1, 'in', 1, true), (2, 'out', 2, false)`);
    await sender.send();
    for (const statement of statements.split('; ')) await sql(statement);
    const window = await sender.send();
    expect((window?.content ?? []).map(({ op, id }) => `${op}${id}`)).toEqual(expected);
  });

  test('constants: rows with another value are outside', async () => {
    const { sender } = await openCollection('CREATE TABLE app.kinds (id int PRIMARY KEY, kind text, name text)', {
      table: 'kinds',
      fields: ['id', 'name'],
      constants: { kind: 'lead' },
    });
    await sql(`INSERT INTO app.kinds VALUES (1, 'lead', 'a'), (2, 'other', 'b')`);
    expect((await sender.send())?.content).toMatchObject([{ id: '1' }]);
  });
});

describe('echo and resends', () => {
  const asLink = (plan: CollectionPlan, table: string, key: string, old: object) =>
    sql(
      `INSERT INTO tidegate.change_log (source, key, op, old, origin) SELECT id, '{${key}}', 'U', '${JSON.stringify(old)}', '${plan.linkName}' FROM tidegate.source WHERE table_name = '${table}'`,
    );

  test('what this link wrote does not go back to it, what others wrote does', async () => {
    const { sender, plan } = await people('echo');
    await sql(`INSERT INTO app.echo VALUES (1, 'a', 1), (2, 'b', 2)`);
    await sender.send();
    await asLink(plan, 'echo', '1', { name: 'before' });
    expect(await sender.send()).toBeUndefined();
    await asLink(plan, 'echo', '1', { name: 'before' });
    await sql(`UPDATE app.echo SET age = 5 WHERE id = 1`);
    await sql(
      `INSERT INTO tidegate.change_log (source, key, op, old, origin) SELECT id, '{2}', 'U', '{"name": "x"}', 'acme/test/other' FROM tidegate.source WHERE table_name = 'echo'`,
    );
    expect((await sender.send())?.content).toMatchObject([
      { op: 'U', changed: 'age', id: '1' },
      { op: 'U', changed: 'name', id: '2' },
    ]);
  });

  test('a record that the link itself took out of the collection is retracted', async () => {
    const { sender, plan } = await people('own', { filter: { sql: `name <> 'x'`, columns: ['name'] }, outOfScope: 'retract' });
    await sql(`INSERT INTO app.own VALUES (1, 'a', 1)`);
    await sender.send();
    await sql(`UPDATE app.own SET name = 'x'`);
    await sql(`UPDATE tidegate.change_log SET origin = '${plan.linkName}' WHERE source = (SELECT id FROM tidegate.source WHERE table_name = 'own')`);
    expect((await sender.send())?.content).toMatchObject([{ op: 'D', id: '1' }]);
  });

  test('a resend goes to its own link only: the fields it names, all without, a tombstone for what is gone', async () => {
    const { sender, plan } = await people('resend');
    await sql(`INSERT INTO app.resend VALUES (1, 'a', 1), (2, 'b', 2)`);
    await sender.send();
    const resend = (key: string, old: string, link: string) =>
      sql(
        `INSERT INTO tidegate.change_log (source, key, op, old, origin) SELECT id, '{${key}}', 'R', ${old}, '${link}' FROM tidegate.source WHERE table_name = 'resend'`,
      );
    await resend('1', `'{"age": "77"}'`, plan.linkName);
    await resend('2', 'NULL', plan.linkName);
    await resend('3', 'NULL', plan.linkName);
    await resend('1', 'NULL', 'acme/test/other');
    expect((await sender.send())?.content.toSorted((a, b) => String(a['id']).localeCompare(String(b['id'])))).toMatchObject([
      { op: 'U', changed: 'age', id: '1', age: '1' },
      { op: 'U', changed: '*', id: '2' },
      { op: 'D', id: '3' },
    ]);
  });
});

describe('phases', () => {
  test('upserts as a part that leaves the cursor, then tombstones that move it', async () => {
    const { sender, plan } = await people('phases');
    await sql(`INSERT INTO app.phases VALUES (1, 'a', 1), (2, 'b', 2)`);
    await sender.send();
    await sql(`UPDATE app.phases SET age = 9 WHERE id = 1; DELETE FROM app.phases WHERE id = 2`);
    const before = await channelOf(plan);
    await withSnapshot(store.admin, sender.fence, async (snapshot) => {
      const part = await snapshot.prepareWindow({ plan, phase: 'upserts' });
      if (part === undefined) throw new Error('no part');
      expect(part).toMatchObject({ kind: 'part', rows: 1, tombstones: 0, hasLater: true, toCursor: part.fromCursor });
      expect(await rowsOf(plan, part.stream())).toMatchObject([{ op: 'U', id: '1' }]);
      await expect(snapshot.prepareWindow({ plan, phase: 'tombstones' })).rejects.toMatchObject({ code: 'ordinal-out-of-order' });
      await receive(store.admin, plan, part, sender.epoch);
      expect((await channelOf(plan))?.cursor).toBe(before?.cursor);
      const rest = await snapshot.prepareWindow({ plan, phase: 'tombstones' });
      if (rest === undefined) throw new Error('no tombstones');
      expect(rest).toMatchObject({ kind: 'delta', rows: 1, tombstones: 1, ordinal: part.ordinal + 1 });
      expect(await rowsOf(plan, rest.stream())).toMatchObject([{ op: 'D', id: '2' }]);
      await receive(store.admin, plan, rest, sender.epoch);
    });
    expect((await channelOf(plan))?.cursor).not.toBe(before?.cursor);
    expect(await sender.send()).toBeUndefined();
  });

  test('tombstones alone need no part, and wait for their phase', async () => {
    const { sender, plan } = await people('alone');
    await sql(`INSERT INTO app.alone VALUES (1, 'a', 1)`);
    await sender.send();
    await sql(`DELETE FROM app.alone`);
    const before = await channelOf(plan);
    expect(await sender.send('upserts')).toBeUndefined();
    expect((await channelOf(plan))?.cursor).toBe(before?.cursor);
    expect(await sender.send('tombstones')).toMatchObject({ kind: 'delta', tombstones: 1 });
  });

  test('upserts alone move the cursor at once', async () => {
    const { sender } = await people('simple');
    await sql(`INSERT INTO app.simple VALUES (1, 'a', 1)`);
    expect(await sender.send('upserts')).toMatchObject({ kind: 'delta', rows: 1 });
    expect(await sender.send('tombstones')).toBeUndefined();
  });
});

describe('what stops a channel', () => {
  test('an earlier window without a receipt', async () => {
    const { sender, plan } = await people('unsettled');
    await sql(`INSERT INTO app.unsettled VALUES (1, 'a', 1)`);
    await withSnapshot(store.admin, sender.fence, async (snapshot) => void (await snapshot.prepareWindow({ plan, phase: 'all' })));
    await expect(sender.send()).rejects.toMatchObject({ code: 'ordinal-out-of-order' });
  });

  test('a new run: the old one writes nothing any more', async () => {
    const { sender, plan } = await people('fenced');
    await sql(`INSERT INTO app.fenced VALUES (1, 'a', 1)`);
    const next = await Sender.claim(store.admin, plan);
    await expect(sender.send()).rejects.toMatchObject({ code: 'epoch-stale' });
    const window = await next.send();
    expect(window?.rows).toBe(1);
    await sql(`INSERT INTO app.fenced VALUES (2, 'b', 2)`);
    await withSnapshot(store.admin, next.fence, async (snapshot) => {
      const late = await snapshot.prepareWindow({ plan, phase: 'all' });
      if (late === undefined) throw new Error('no window');
      await rowsOf(plan, late.stream());
      await Sender.claim(store.admin, plan);
      await expect(receive(store.admin, plan, late, next.epoch)).rejects.toMatchObject({ code: 'epoch-stale' });
      await expect(snapshot.prepareWindow({ plan, phase: 'all' })).rejects.toMatchObject({ code: 'epoch-stale' });
    });
  });

  test('a truncated table: what went is counted, and the window says that it has to be approved', async () => {
    const { sender } = await people('cleared');
    await sql(`INSERT INTO app.cleared VALUES (1, 'a', 1), (2, 'b', 1), (3, 'c', 1)`);
    await sender.send();
    await sql(`TRUNCATE app.cleared; INSERT INTO app.cleared VALUES (1, 'a', 1)`);
    expect(await sender.send()).toMatchObject({ rows: 3, tombstones: 2, truncated: true, whole: { changes: 3, deletes: 2 } });
    expect(await sender.send()).toBeUndefined();
  });

  test('a truncated table, until a reload is approved, where the log does not hold what went', async () => {
    const { sender, plan } = await people('emptied');
    await sql(`INSERT INTO app.emptied VALUES (1, 'a', 1)`);
    await sender.send();
    await sql(`TRUNCATE app.emptied; UPDATE tidegate.change_log SET old = NULL WHERE op = 'T'`);
    await expect(sender.send()).rejects.toMatchObject({ code: 'truncate-needs-approval' });
    expect(await channelOf(plan)).toMatchObject({ state: 'stopped' });
    await expect(sender.send()).rejects.toMatchObject({ code: 'collection-stopped' });
  });

  test('a paused link', async () => {
    const { sender } = await people('paused');
    await sql(`UPDATE tidegate.link SET state = 'paused'`);
    await expect(sender.send()).rejects.toMatchObject({ code: 'link-stopped' });
    await sql(`UPDATE tidegate.link SET state = 'open'`);
  });

  test('no initial load', async () => {
    const plan = await attachCollection(store, 'CREATE TABLE app.unloaded (id int PRIMARY KEY)', { table: 'unloaded', fields: ['id'] });
    const sender = await Sender.claim(store.admin, plan);
    await expect(sender.send()).rejects.toMatchObject({ code: 'load-incomplete' });
  });
});

describe('drift', () => {
  test.each([
    ['dropped', 'DROP COLUMN age', /age: dropped or renamed/],
    ['renamed', 'RENAME COLUMN age TO years', /age: dropped or renamed/],
    ['retyped', 'ALTER COLUMN age TYPE bigint', /age: integer became bigint/],
    ['tightened', 'ALTER COLUMN age SET NOT NULL', /age: may not be null any more/],
    ['loosened', 'DROP CONSTRAINT %_pkey, ALTER COLUMN id DROP NOT NULL', /id: may be null now; \(id\): no longer a key/],
    ['without capture', 'DISABLE TRIGGER tidegate_capture_update', /not captured; attach it again/],
  ])('a column %s is named, and the collection stops', async (what, change, named) => {
    const table = `drift_${what.replaceAll(' ', '_')}`;
    const { sender, plan } = await people(table);
    await sql(`ALTER TABLE app.${table} ${change.replace('%', table)}`);
    const failure = await sender.send().catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'schema-drifted', message: expect.stringMatching(named) });
    expect(await channelOf(plan)).toMatchObject({ state: 'drifted', stateCode: 'schema-drifted', stateReason: expect.stringMatching(named) });
  });

  test('other collections go on in the same snapshot, and a mended one opens again', async () => {
    const { plan } = await people('mended');
    const { sender, plan: other } = await people('healthy');
    await sql(`ALTER TABLE app.mended RENAME COLUMN age TO years; INSERT INTO app.healthy VALUES (1, 'a', 1)`);
    await withSnapshot(store.admin, sender.fence, async (snapshot) => {
      await expect(snapshot.prepareWindow({ plan, phase: 'all' })).rejects.toMatchObject({ code: 'schema-drifted' });
      expect(await snapshot.prepareWindow({ plan: other, phase: 'all' })).toMatchObject({ rows: 1 });
    });
    await sql(`ALTER TABLE app.mended RENAME COLUMN years TO age; INSERT INTO app.mended VALUES (1, 'a', 1)`);
    const again = await Sender.claim(store.admin, plan);
    expect(await again.send()).toMatchObject({ rows: 1 });
    expect(await channelOf(plan)).toMatchObject({ state: 'open', stateCode: null, stateReason: null });
  });

  test('a table that somebody keeps locked holds only its own collection up', async () => {
    const { plan } = await people('locked');
    const { sender, plan: other } = await people('unlocked');
    await sql(`INSERT INTO app.unlocked VALUES (1, 'a', 1); INSERT INTO app.locked VALUES (1, 'a', 1)`);
    const holder = await store.admin.connect();
    await holder.query('BEGIN; LOCK TABLE app.locked');
    await withSnapshot(store.admin, sender.fence, async (snapshot) => {
      await expect(snapshot.prepareWindow({ plan, phase: 'all' })).rejects.toThrow(/locked/);
      expect(await snapshot.prepareWindow({ plan: other, phase: 'all' })).toMatchObject({ rows: 1 });
    });
    await holder.query('ROLLBACK');
    holder.release();
    expect(await (await Sender.claim(store.admin, plan)).send()).toMatchObject({ rows: 1 });
  });

  test('a table that is emptied or rewritten between snapshot and lock is read in another snapshot', async () => {
    const { sender, plan } = await people('rewritten');
    await sql(`INSERT INTO app.rewritten VALUES (1, 'a', 1)`);
    await sender.send();
    await sql(`UPDATE app.rewritten SET age = 2`);
    await withSnapshot(store.admin, sender.fence, async (snapshot) => {
      await sql('TRUNCATE app.rewritten');
      await expect(snapshot.prepareWindow({ plan, phase: 'all' })).rejects.toMatchObject({ code: 'database-unavailable', retryable: true });
    });
    expect(await sender.send()).toMatchObject({ tombstones: 1, truncated: true });
  });

  test('a new column that is not mapped is none', async () => {
    const { sender } = await people('grown');
    await sql(`ALTER TABLE app.grown ADD COLUMN extra text; INSERT INTO app.grown VALUES (1, 'a', 1, true, 'x')`);
    expect(await sender.send()).toMatchObject({ rows: 1 });
  });

  test('a column that was mapped later is captured only after attaching again', async () => {
    const { sender } = await people('later');
    await sql('ALTER TABLE app.later ADD COLUMN extra text');
    const wider = await planFor(store.admin, 'crm', { table: 'later', fields: ['id', 'name', 'age', 'extra'] });
    const widened = new Sender(store.admin, wider, sender.epoch);
    await expect(widened.send()).rejects.toThrow(/extra: its changes are not captured/);
    await attachTable(store.admin, [wider]);
    await sql(`INSERT INTO app.later VALUES (1, 'a', 1, true, 'x')`);
    expect((await widened.send())?.content).toMatchObject([{ extra: 'x' }]);
  });
});

test('a channel with nothing to send moves on, so that its log need not be read again', async () => {
  const { sender, plan } = await people('quiet', { filter: { sql: 'open', columns: ['open'] } });
  const before = await channelOf(plan);
  await sql(`INSERT INTO app.quiet VALUES (1, 'a', 1, false)`);
  expect(await sender.send()).toBeUndefined();
  const after = await channelOf(plan);
  expect(after?.cursor).not.toBe(before?.cursor);
  expect(after?.ordinal).toBe(before?.ordinal);
  expect(after?.provenAt?.getTime()).toBeGreaterThan(before?.provenAt?.getTime() ?? 0);
});

test('a small change of a large table is found without reading the table', async () => {
  const { sender } = await people('large');
  await sql(`INSERT INTO app.large SELECT i, 'n' || i, i FROM generate_series(1, 60000) i`);
  await sql('ANALYZE app.large');
  await sender.send();
  const scans = async () => {
    await sql('SELECT pg_stat_force_next_flush()');
    return controlRow<{ seq: number; read: number }>(
      store.admin,
      `SELECT seq_scan AS seq, seq_tup_read AS read FROM pg_stat_user_tables WHERE relid = 'app.large'::regclass`,
    );
  };
  await sql(`UPDATE app.large SET age = -1 WHERE id IN (5, 50000)`);
  const before = await scans();
  const window = await sender.send();
  expect(window?.rows).toBe(2);
  expect(await scans()).toEqual(before);
});

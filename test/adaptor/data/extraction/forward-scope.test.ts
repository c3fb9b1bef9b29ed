import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { withSnapshot } from '../../../../adaptor/data/extraction/snapshot.ts';
import type { CollectionPlan } from '../../../../adaptor/data/plan.ts';
import { receive, rowsOf } from '../../../support/window-reading.ts';
import { type LoadedStore, createLoadedStore } from './loaded-store.ts';

let loaded: LoadedStore;
let store: LoadedStore['store'];

beforeAll(async () => {
  loaded = await createLoadedStore();
  ({ store } = loaded);
});
afterAll(async () => loaded[Symbol.asyncDispose]());

const sql = (text: string) => loaded.sql(text);
const people: LoadedStore['people'] = (table, extra) => loaded.people(table, extra);
const openCollection: LoadedStore['openCollection'] = (ddl, input) => loaded.openCollection(ddl, input);
const channelOf: LoadedStore['channelOf'] = (plan) => loaded.channelOf(plan);

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

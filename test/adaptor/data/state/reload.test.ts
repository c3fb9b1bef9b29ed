import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { claimEpoch } from '../../../../adaptor/data/state/epoch.ts';
import { withReverseWindow } from '../../../../adaptor/data/extraction/reverse-answer.ts';
import { controlRows } from '../../../../adaptor/data/control-rows.ts';
import { readLink, requireLink, resumeLink } from '../../../../adaptor/data/state/link.ts';
import { acceptOpening, prepareOpening } from '../../../../adaptor/data/state/opening.ts';
import { createTestDatabase } from '../../../support/postgres.ts';
import { Sender, receive, rowsOf } from '../../../support/window-reading.ts';
import { LINK, type OpenedStores, RELOAD, claims, createOpenedStores } from './opened-stores.ts';

let the: OpenedStores;
beforeEach(async () => {
  the = await createOpenedStores();
});
afterEach(async () => the[Symbol.asyncDispose]());

describe('a stopped link', () => {
  test('is opened by an approved reload, and by nothing else', async () => {
    await the.open();
    await the.window('forward', 1, { cloud: 'applied' });
    await expect(the.open()).rejects.toMatchObject({ code: 'incarnation-changed' });
    const before = await requireLink(the.crm.admin, LINK);
    await expect(resumeLink(the.crm.admin, LINK, 'olga')).rejects.toMatchObject({
      code: 'link-stopped',
      message: expect.stringMatching(/went back.*--reload/),
    });
    expect(await requireLink(the.crm.admin, LINK)).toEqual(before);
    await resumeLink(the.crm.admin, LINK, 'olga', RELOAD);
    expect(await requireLink(the.crm.admin, LINK)).toMatchObject({ state: 'open', stateReason: null, reload: RELOAD });
    await expect(resumeLink(the.crm.admin, 'no/such/link', 'olga')).rejects.toMatchObject({ code: 'link-mismatch' });
  });
});

describe('an approved reload', () => {
  test('begins a generation at both sides, after every number that was used', async () => {
    await the.open();
    await the.window('forward', 5, { crm: 'receipted' });
    await the.window('forward', 9, { cloud: 'applied' });
    await the.window('forward', 6, { crm: 'prepared' });
    await the.window('reverse', 3, { crm: 'applied' });
    await the.window('reverse', 1, { cloud: 'receipted' });
    await expect(the.open()).rejects.toMatchObject({ code: 'incarnation-changed' });
    await resumeLink(the.crm.admin, LINK, 'olga', RELOAD);
    const opened = await the.open();
    expect(opened.generation).toBe(2);
    for (const store of [the.crm, the.cloud]) {
      expect(await readLink(store.admin, LINK)).toMatchObject({ generation: 2, state: 'open', reload: null, epoch: opened.epoch });
      expect(await the.channel(store, 'forward')).toMatchObject({ ordinal: 9, cursor: null, state: 'new' });
      expect(await the.channel(store, 'reverse')).toMatchObject({ ordinal: 3, state: 'new' });
      expect(await controlRows(store.admin, `SELECT FROM tidegate.window WHERE state = 'prepared'`)).toEqual([]);
      expect(await controlRows(store.admin, `SELECT event, subject FROM tidegate.audit_event WHERE event = 'generation-begun'`)).toEqual([
        { event: 'generation-begun', subject: 'olga' },
      ]);
    }
    await expect(the.open()).resolves.toMatchObject({ generation: 2 });
    const sender = await Sender.claim(the.crm.admin, the.plan);
    await sender.load();
    expect(await the.channel(the.crm, 'forward')).toMatchObject({ ordinal: 10, state: 'loaded' });
  });

  test('whose answer was lost is carried out once', async () => {
    await the.open();
    await resumeLink(the.crm.admin, LINK, 'olga', RELOAD);
    const { epoch } = await claimEpoch(the.crm.admin, LINK);
    await acceptOpening(the.cloud.admin, claims(await prepareOpening(the.crm.admin, { link: LINK, epoch, runId: 'lost' })), [the.cloudPlan]);
    expect((await the.open()).generation).toBe(2);
    expect((await requireLink(the.cloud.admin, LINK)).generation).toBe(2);
  });

  test('passes a truncated table', async () => {
    await the.open();
    const sender = await Sender.claim(the.crm.admin, the.plan);
    await sender.load();
    await sender.send();
    await the.crm.admin.query(`TRUNCATE app.items; UPDATE tidegate.change_log SET old = NULL WHERE op = 'T'`);
    await expect(sender.send()).rejects.toMatchObject({ code: 'truncate-needs-approval' });
    await the.crm.admin.query(`UPDATE tidegate.channel SET ordinal = 2`);
    await the.cloud.admin.query(
      `UPDATE tidegate.channel SET ordinal = 2 WHERE direction = 'forward'; UPDATE tidegate.channel SET ordinal = 2 WHERE direction = 'reverse'`,
    );
    await resumeLink(the.crm.admin, LINK, 'olga', RELOAD);
    const { epoch } = await the.open();
    const again = new Sender(the.crm.admin, the.plan, epoch);
    await again.load();
    expect(await again.send()).toMatchObject({ rows: 0 });
  });

  test('keeps the cloud users’ edits that were not ordered in yet, in another life of the cloud too', async () => {
    await the.open();
    await the.cloud.admin.query(`INSERT INTO app.items VALUES ('acme', 1, 'kept'), ('other', 2, 'not theirs')`);
    await the.cloud.admin.query(`TRUNCATE app.items; INSERT INTO app.items VALUES ('acme', 1, 'kept')`);
    await the.cloud.admin.query(
      `UPDATE tidegate.link SET incarnation = jsonb_set(incarnation, '{systemId}', '"99"'); UPDATE tidegate.change_log SET xid = (xid::text::bigint + 1000000)::text::xid8, seen = '900:900:'`,
    );
    await resumeLink(the.crm.admin, LINK, 'olga', RELOAD);
    await the.crm.admin.query('UPDATE tidegate.link SET peer_incarnation = NULL');
    const { epoch, generation } = await the.open();
    expect(generation).toBe(2);
    expect(epoch).toBeGreaterThan(1);
    await the.cloud.admin.query(`INSERT INTO tidegate.window (link, collection, direction, ordinal, generation, kind, batch_id, state, applied_xid)
      VALUES ('${LINK}', 'items', 'forward', 1, 2, 'delta', '${randomUUID()}', 'applied', pg_current_xact_id())`);
    const messageId = randomUUID();
    const order = {
      collection: 'items',
      fields: ['v'],
      operations: ['I' as const],
      afterOrdinal: 0,
      cursor: null,
      maxRows: 10,
      maxWindows: 5,
      deleteBudget: 5,
    };
    const content = await withReverseWindow(the.cloud.admin, { link: LINK, generation: 2 }, { plan: the.cloudPlan, messageId, order }, async (prepared) => {
      if (prepared === undefined) return [];
      const rows = await rowsOf(the.cloudPlan, prepared.stream());
      await receive(the.cloud.admin, the.cloudPlan, prepared, undefined, messageId);
      return rows;
    });
    expect(content).toMatchObject([{ op: 'I', id: '1', v: 'kept', base: '0' }]);
  });

  test.each(['another database', 'the cloud itself'])('loses no edit to transactions of %s that end while it begins', async (where) => {
    await the.open();
    await resumeLink(the.crm.admin, LINK, 'olga', RELOAD);
    await the.cloud.admin.query(`INSERT INTO app.items VALUES ('acme', 1, 'kept')`);
    const opening = claims(await prepareOpening(the.crm.admin, { link: LINK, epoch: (await claimEpoch(the.crm.admin, LINK)).epoch, runId: 'run/1' }));
    await using neighbour = await createTestDatabase('cloud');
    const other = the.cloud.poolFor(where === 'another database' ? neighbour.adminUrl : the.cloud.database.adminUrl);
    // Held up when it has its transaction id; later ids are given out and ended meanwhile.
    const holder = await the.cloud.admin.connect();
    await holder.query('BEGIN; SELECT FROM tidegate.channel FOR UPDATE');
    const answer = acceptOpening(the.cloud.admin, opening, [the.cloudPlan]);
    // In this database: others of the server are other tests'.
    const blocked = 'SELECT FROM pg_stat_activity WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0';
    await vi.waitFor(async () => expect(await controlRows(the.cloud.admin, blocked)).not.toEqual([]), 30_000);
    for (let n = 0; n < 3; n++) await other.query('SELECT pg_current_xact_id()');
    if (where === 'the cloud itself') await other.query(`INSERT INTO app.items VALUES ('acme', 2, 'meanwhile')`);
    await holder.query('COMMIT');
    holder.release();
    await answer;
    const [cursor] = await controlRows<{ cursor: string }>(the.cloud.admin, `SELECT cursor::text FROM tidegate.channel WHERE direction = 'reverse'`);
    const waiting = await controlRows(
      the.cloud.admin,
      'SELECT key[2] AS id FROM tidegate.change_log WHERE NOT pg_visible_in_snapshot(xid, $1::pg_snapshot) ORDER BY id',
      [cursor?.cursor],
    );
    expect(waiting).toEqual([{ id: '1' }, ...(where === 'the cloud itself' ? [{ id: '2' }] : [])]);
  });

  test('in another life of the CRM dates anew what its log says of the future', async () => {
    await the.open();
    await the.crm.admin.query(`INSERT INTO app.items VALUES (1, 'a'), (3, 'a')`);
    await the.crm.admin.query('DELETE FROM app.items WHERE id = 3');
    await the.crm.admin.query(`INSERT INTO tidegate.change_log (source, key, op) SELECT source, '{1}', 'R' FROM tidegate.change_log LIMIT 1`);
    await the.crm.admin.query(
      `UPDATE tidegate.change_log SET xid = '99999999999'; UPDATE tidegate.link SET incarnation = jsonb_set(incarnation, '{systemId}', '"99"')`,
    );
    await the.crm.admin.query(`INSERT INTO app.items VALUES (2, 'b')`);
    await the.window('forward', 1, { crm: 'receipted', cloud: 'applied' });
    await resumeLink(the.crm.admin, LINK, 'olga', RELOAD);
    await the.cloud.admin.query('UPDATE tidegate.link SET peer_incarnation = NULL');
    const { epoch } = await the.open();
    const log = `SELECT key, op, xid < pg_snapshot_xmax(pg_current_snapshot()) AS past FROM tidegate.change_log ORDER BY id`;
    expect(await controlRows(the.crm.admin, log)).toEqual([
      { key: ['1'], op: 'I', past: true },
      { key: ['3'], op: 'I', past: true },
      { key: ['3'], op: 'D', past: true },
      { key: ['2'], op: 'I', past: true },
    ]);
    expect(await controlRows(the.crm.admin, 'SELECT to_snapshot FROM tidegate.window')).toEqual([{ to_snapshot: null }]);
    // The load holds all of it.
    const sender = new Sender(the.crm.admin, the.plan, epoch);
    expect((await sender.load()).map(({ id }) => id).toSorted()).toEqual(['1', '2']);
    expect(await sender.send()).toMatchObject({ rows: 0 });
  });
});

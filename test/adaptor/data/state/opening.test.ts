import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { readIncarnation } from '../../../../adaptor/data/incarnation.ts';
import type { CollectionPlan } from '../../../../adaptor/data/plan.ts';
import { readChannels } from '../../../../adaptor/data/state/channel.ts';
import { claimEpoch } from '../../../../adaptor/data/state/epoch.ts';
import { readLink, requireLink, resumeLink } from '../../../../adaptor/data/state/link.ts';
import { acceptAnswer, acceptOpening, explainStaleEpoch, prepareOpening } from '../../../../adaptor/data/state/opening.ts';
import { withReverseWindow } from '../../../../adaptor/data/extraction/reverse-answer.ts';
import { controlRows } from '../../../../adaptor/data/control-rows.ts';
import type { OpeningClaims } from '../../../../exchange/claims.ts';
import { type AppStore, TEST_LINK, attachCollection, createAppStore } from '../../../support/captured-table.ts';
import { createTestDatabase } from '../../../support/postgres.ts';
import { Sender, receive, rowsOf } from '../../../support/window-reading.ts';

const LINK = 'acme/test/hub';
const RELOAD = { approvedBy: 'olga', reason: 'the CRM was restored' };

let crm: AppStore<'crm'>;
let cloud: AppStore<'cloud'>;
let plan: CollectionPlan;
let cloudPlan: CollectionPlan;

beforeEach(async () => {
  [crm, cloud] = await Promise.all([createAppStore('crm'), createAppStore('cloud')]);
  plan = await attachCollection(crm, 'CREATE TABLE app.items (id int PRIMARY KEY, v text)', { table: 'items', fields: ['id', 'v'] });
  cloudPlan = await attachCollection(cloud, 'CREATE TABLE app.items (tenant text, id int, v text, PRIMARY KEY (tenant, id))', {
    table: 'items',
    fields: ['id', 'v'],
    tenantColumn: 'tenant',
  });
});
afterEach(async () => {
  await crm[Symbol.asyncDispose]();
  await cloud[Symbol.asyncDispose]();
});

const claims = (body: Awaited<ReturnType<typeof prepareOpening>>): OpeningClaims => ({
  ...body,
  ...TEST_LINK,
  iss: 'crm:x',
  aud: 'cloud:x',
  iat: 1,
  exp: 2,
  jti: randomUUID(),
});

/** A run opens the link, as far as it comes. */
async function open(): Promise<{ epoch: number; generation: number }> {
  const { epoch } = await claimEpoch(crm.admin, LINK);
  const body = await prepareOpening(crm.admin, { link: LINK, epoch, runId: 'run/1' });
  const answer = await acceptOpening(cloud.admin, claims(body), [cloudPlan]);
  return acceptAnswer(crm.admin, LINK, body, answer);
}

/** One receipted window as both sides remember it; `at` says which of them does. */
async function window(direction: 'forward' | 'reverse', ordinal: number, at: { crm?: string; cloud?: string }): Promise<void> {
  for (const [store, state] of [
    [crm, at.crm],
    [cloud, at.cloud],
  ] as const) {
    if (state === undefined) continue;
    await store.admin.query(
      `INSERT INTO tidegate.window (link, collection, direction, ordinal, kind, batch_id, state, from_snapshot, to_snapshot, applied_xid)
       VALUES ($1, 'items', $2, $3, 'delta', $4, $5, '5:5:', '6:6:', CASE WHEN $5 = 'applied' THEN pg_current_xact_id() END)`,
      [LINK, direction, ordinal, randomUUID(), state],
    );
    if (state !== 'prepared')
      await store.admin.query(
        `UPDATE tidegate.channel SET ordinal = $3, state = 'open', cursor = '6:6:' WHERE link = $1 AND collection = 'items' AND direction = $2`,
        [LINK, direction, ordinal],
      );
  }
}

const channel = async (store: AppStore, direction: string) => (await readChannels(store.admin, LINK)).find((c) => c.direction === direction);

describe('an opening', () => {
  test('gives both sides the same epoch and what the other one is', async () => {
    const first = await open();
    const second = await open();
    expect(second.epoch).toBe(first.epoch + 1);
    const [here, there] = [await requireLink(crm.admin, LINK), await requireLink(cloud.admin, LINK)];
    expect(there.epoch).toBe(second.epoch);
    expect(there.peerIncarnation).toEqual(await readIncarnation(crm.admin));
    expect(here.peerIncarnation).toEqual(await readIncarnation(cloud.admin));
    expect(here.incarnation).toEqual(there.peerIncarnation);
  });

  test('of a run that was overtaken is refused, at either side', async () => {
    await open();
    const { epoch } = await claimEpoch(crm.admin, LINK);
    const old = await prepareOpening(crm.admin, { link: LINK, epoch, runId: 'old' });
    const next = await open();
    await expect(prepareOpening(crm.admin, { link: LINK, epoch, runId: 'old' })).rejects.toMatchObject({ code: 'epoch-stale' });
    await expect(acceptOpening(cloud.admin, claims(old), [cloudPlan])).rejects.toMatchObject({ code: 'epoch-stale' });
    expect((await requireLink(cloud.admin, LINK)).epoch).toBe(next.epoch);
    expect(await explainStaleEpoch(crm.admin, LINK, epoch)).toMatchObject({ code: 'epoch-stale' });
    expect((await requireLink(crm.admin, LINK)).state).toBe('open');
  });

  test('while a window waits for its answer is in order', async () => {
    await open();
    await window('forward', 1, { crm: 'prepared', cloud: 'applied' });
    await window('reverse', 1, { crm: 'applied', cloud: 'prepared' });
    await expect(open()).resolves.toBeDefined();
  });

  test('of a paused link is none', async () => {
    await crm.admin.query(`UPDATE tidegate.link SET state = 'paused'`);
    const before = await requireLink(crm.admin, LINK);
    const { epoch, state } = await claimEpoch(crm.admin, LINK);
    expect({ epoch, state }).toEqual({ epoch: before.epoch, state: 'paused' });
    await expect(prepareOpening(crm.admin, { link: LINK, epoch, runId: 'r' })).rejects.toMatchObject({ code: 'link-stopped' });
  });
});

describe('a store that is not the one it was stops the link', () => {
  const expectStopped = async (reason: RegExp) => {
    await expect(open()).rejects.toMatchObject({ code: 'incarnation-changed', message: expect.stringMatching(reason) });
  };
  const moved = (store: AppStore, part: string) =>
    store.admin.query(
      `UPDATE tidegate.link SET incarnation = jsonb_set(incarnation, '{${part}}', CASE jsonb_typeof(incarnation -> '${part}') WHEN 'number' THEN '99' ELSE '"99"' END::jsonb)`,
    );

  test.each(['systemId', 'databaseId', 'timeline'])('the CRM, by its %s', async (part) => {
    await open();
    await moved(crm, part);
    await expectStopped(new RegExp(`CRM's store differs in ${part}`));
    expect(await readLink(crm.admin, LINK)).toMatchObject({ state: 'stopped', stateReason: expect.stringMatching(part) });
  });

  test('the CRM, copied into another database', async () => {
    await open();
    await crm.admin.end();
    await using copy = await createTestDatabase('crm', { template: crm.database.name });
    const pool = crm.poolFor(copy.adminUrl);
    const { epoch } = await claimEpoch(pool, LINK);
    await expect(prepareOpening(pool, { link: LINK, epoch, runId: 'r' })).rejects.toThrow(/databaseId/);
    await pool.end();
    Object.assign(pool, { end: async () => undefined });
    Object.assign(crm.admin, { end: async () => undefined });
  });

  test.each(['systemId', 'timeline'])('the cloud, by its %s', async (part) => {
    await open();
    await moved(cloud, part);
    await expectStopped(/cloud's store differs/);
  });

  test('the cloud, by what the CRM remembers of it', async () => {
    await open();
    await crm.admin.query(`UPDATE tidegate.link SET peer_incarnation = jsonb_set(peer_incarnation, '{systemId}', '"77"')`);
    await expectStopped(/cloud's store differs in systemId/);
  });

  test('an older copy of the CRM, by windows that it does not remember', async () => {
    await open();
    await window('forward', 1, { cloud: 'applied' });
    await expectStopped(/CRM's store went back: items forward/);
    expect((await requireLink(crm.admin, LINK)).state).toBe('stopped');
  });

  test('an older copy of the CRM, by orders that it does not remember', async () => {
    await open();
    await window('reverse', 1, { cloud: 'receipted' });
    await expectStopped(/CRM's store went back: items reverse/);
  });

  test('an older copy of the cloud', async () => {
    await open();
    await window('forward', 1, { crm: 'receipted' });
    await expectStopped(/cloud's store went back: items forward/);
    await crm.admin.query(`UPDATE tidegate.link SET state = 'open'; DELETE FROM tidegate.window; UPDATE tidegate.channel SET ordinal = 0`);
    await window('reverse', 1, { crm: 'applied' });
    await expectStopped(/cloud's store went back: items reverse/);
  });

  test('an older copy of the CRM, by an epoch that the cloud has seen', async () => {
    await open();
    await open();
    await crm.admin.query('UPDATE tidegate.link SET epoch = 0');
    await expect(open()).rejects.toMatchObject({ code: 'epoch-stale' });
    const { epoch } = await requireLink(crm.admin, LINK);
    expect(await explainStaleEpoch(crm.admin, LINK, epoch)).toMatchObject({ code: 'incarnation-changed' });
    expect((await requireLink(crm.admin, LINK)).state).toBe('stopped');
  });

  test('an older copy of either, by its generation', async () => {
    await open();
    await cloud.admin.query('UPDATE tidegate.link SET generation = 2');
    await expectStopped(/CRM's store went back: generation/);
  });

  test('nothing is read from it either, while a run goes on', async () => {
    const { epoch } = await open();
    await moved(crm, 'timeline');
    await expect(new Sender(crm.admin, plan, epoch).send()).rejects.toMatchObject({ code: 'incarnation-changed' });
    expect((await requireLink(crm.admin, LINK)).state).toBe('stopped');
  });
});

describe('a stopped link', () => {
  test('is opened by an approved reload, and by nothing else', async () => {
    await open();
    await window('forward', 1, { cloud: 'applied' });
    await expect(open()).rejects.toMatchObject({ code: 'incarnation-changed' });
    const before = await requireLink(crm.admin, LINK);
    await expect(resumeLink(crm.admin, LINK, 'olga')).rejects.toMatchObject({ code: 'link-stopped', message: expect.stringMatching(/went back.*--reload/) });
    expect(await requireLink(crm.admin, LINK)).toEqual(before);
    await resumeLink(crm.admin, LINK, 'olga', RELOAD);
    expect(await requireLink(crm.admin, LINK)).toMatchObject({ state: 'open', stateReason: null, reload: RELOAD });
    await expect(resumeLink(crm.admin, 'no/such/link', 'olga')).rejects.toMatchObject({ code: 'link-mismatch' });
  });
});

describe('an approved reload', () => {
  test('begins a generation at both sides, after every number that was used', async () => {
    await open();
    await window('forward', 5, { crm: 'receipted' });
    await window('forward', 9, { cloud: 'applied' });
    await window('forward', 6, { crm: 'prepared' });
    await window('reverse', 3, { crm: 'applied' });
    await window('reverse', 1, { cloud: 'receipted' });
    await expect(open()).rejects.toMatchObject({ code: 'incarnation-changed' });
    await resumeLink(crm.admin, LINK, 'olga', RELOAD);
    const opened = await open();
    expect(opened.generation).toBe(2);
    for (const store of [crm, cloud]) {
      expect(await readLink(store.admin, LINK)).toMatchObject({ generation: 2, state: 'open', reload: null, epoch: opened.epoch });
      expect(await channel(store, 'forward')).toMatchObject({ ordinal: 9, cursor: null, state: 'new' });
      expect(await channel(store, 'reverse')).toMatchObject({ ordinal: 3, state: 'new' });
      expect(await controlRows(store.admin, `SELECT FROM tidegate.window WHERE state = 'prepared'`)).toEqual([]);
      expect(await controlRows(store.admin, `SELECT event, subject FROM tidegate.audit_event WHERE event = 'generation-begun'`)).toEqual([
        { event: 'generation-begun', subject: 'olga' },
      ]);
    }
    await expect(open()).resolves.toMatchObject({ generation: 2 });
    const sender = await Sender.claim(crm.admin, plan);
    await sender.load();
    expect(await channel(crm, 'forward')).toMatchObject({ ordinal: 10, state: 'loaded' });
  });

  test('whose answer was lost is carried out once', async () => {
    await open();
    await resumeLink(crm.admin, LINK, 'olga', RELOAD);
    const { epoch } = await claimEpoch(crm.admin, LINK);
    await acceptOpening(cloud.admin, claims(await prepareOpening(crm.admin, { link: LINK, epoch, runId: 'lost' })), [cloudPlan]);
    expect((await open()).generation).toBe(2);
    expect((await requireLink(cloud.admin, LINK)).generation).toBe(2);
  });

  test('passes a truncated table', async () => {
    await open();
    const sender = await Sender.claim(crm.admin, plan);
    await sender.load();
    await sender.send();
    await crm.admin.query(`TRUNCATE app.items; UPDATE tidegate.change_log SET old = NULL WHERE op = 'T'`);
    await expect(sender.send()).rejects.toMatchObject({ code: 'truncate-needs-approval' });
    await crm.admin.query(`UPDATE tidegate.channel SET ordinal = 2`);
    await cloud.admin.query(
      `UPDATE tidegate.channel SET ordinal = 2 WHERE direction = 'forward'; UPDATE tidegate.channel SET ordinal = 2 WHERE direction = 'reverse'`,
    );
    await resumeLink(crm.admin, LINK, 'olga', RELOAD);
    const { epoch } = await open();
    const again = new Sender(crm.admin, plan, epoch);
    await again.load();
    expect(await again.send()).toMatchObject({ rows: 0 });
  });

  test('keeps the cloud users’ edits that were not ordered in yet, in another life of the cloud too', async () => {
    await open();
    await cloud.admin.query(`INSERT INTO app.items VALUES ('acme', 1, 'kept'), ('other', 2, 'not theirs')`);
    await cloud.admin.query(`TRUNCATE app.items; INSERT INTO app.items VALUES ('acme', 1, 'kept')`);
    await cloud.admin.query(
      `UPDATE tidegate.link SET incarnation = jsonb_set(incarnation, '{systemId}', '"99"'); UPDATE tidegate.change_log SET xid = (xid::text::bigint + 1000000)::text::xid8, seen = '900:900:'`,
    );
    await resumeLink(crm.admin, LINK, 'olga', RELOAD);
    await crm.admin.query('UPDATE tidegate.link SET peer_incarnation = NULL');
    const { epoch, generation } = await open();
    expect(generation).toBe(2);
    expect(epoch).toBeGreaterThan(1);
    await cloud.admin.query(`INSERT INTO tidegate.window (link, collection, direction, ordinal, generation, kind, batch_id, state, applied_xid)
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
    const content = await withReverseWindow(cloud.admin, { link: LINK, generation: 2 }, { plan: cloudPlan, messageId, order }, async (prepared) => {
      if (prepared === undefined) return [];
      const rows = await rowsOf(cloudPlan, prepared.stream());
      await receive(cloud.admin, cloudPlan, prepared, undefined, messageId);
      return rows;
    });
    expect(content).toMatchObject([{ op: 'I', id: '1', v: 'kept', base: '0' }]);
  });

  test.each(['another database', 'the cloud itself'])('loses no edit to transactions of %s that end while it begins', async (where) => {
    await open();
    await resumeLink(crm.admin, LINK, 'olga', RELOAD);
    await cloud.admin.query(`INSERT INTO app.items VALUES ('acme', 1, 'kept')`);
    const opening = claims(await prepareOpening(crm.admin, { link: LINK, epoch: (await claimEpoch(crm.admin, LINK)).epoch, runId: 'run/1' }));
    await using neighbour = await createTestDatabase('cloud');
    const other = cloud.poolFor(where === 'another database' ? neighbour.adminUrl : cloud.database.adminUrl);
    // Held up when it has its transaction id; later ids are given out and ended meanwhile.
    const holder = await cloud.admin.connect();
    await holder.query('BEGIN; SELECT FROM tidegate.channel FOR UPDATE');
    const answer = acceptOpening(cloud.admin, opening, [cloudPlan]);
    await vi.waitFor(async () => expect(await controlRows(cloud.admin, 'SELECT FROM pg_locks WHERE NOT granted')).not.toEqual([]));
    for (let n = 0; n < 3; n++) await other.query('SELECT pg_current_xact_id()');
    if (where === 'the cloud itself') await other.query(`INSERT INTO app.items VALUES ('acme', 2, 'meanwhile')`);
    await holder.query('COMMIT');
    holder.release();
    await answer;
    const [cursor] = await controlRows<{ cursor: string }>(cloud.admin, `SELECT cursor::text FROM tidegate.channel WHERE direction = 'reverse'`);
    const waiting = await controlRows(
      cloud.admin,
      'SELECT key[2] AS id FROM tidegate.change_log WHERE NOT pg_visible_in_snapshot(xid, $1::pg_snapshot) ORDER BY id',
      [cursor?.cursor],
    );
    expect(waiting).toEqual([{ id: '1' }, ...(where === 'the cloud itself' ? [{ id: '2' }] : [])]);
  });

  test('in another life of the CRM dates anew what its log says of the future', async () => {
    await open();
    await crm.admin.query(`INSERT INTO app.items VALUES (1, 'a'), (3, 'a')`);
    await crm.admin.query('DELETE FROM app.items WHERE id = 3');
    await crm.admin.query(`INSERT INTO tidegate.change_log (source, key, op) SELECT source, '{1}', 'R' FROM tidegate.change_log LIMIT 1`);
    await crm.admin.query(
      `UPDATE tidegate.change_log SET xid = '99999999999'; UPDATE tidegate.link SET incarnation = jsonb_set(incarnation, '{systemId}', '"99"')`,
    );
    await crm.admin.query(`INSERT INTO app.items VALUES (2, 'b')`);
    await window('forward', 1, { crm: 'receipted', cloud: 'applied' });
    await resumeLink(crm.admin, LINK, 'olga', RELOAD);
    await cloud.admin.query('UPDATE tidegate.link SET peer_incarnation = NULL');
    const { epoch } = await open();
    const log = `SELECT key, op, xid < pg_snapshot_xmax(pg_current_snapshot()) AS past FROM tidegate.change_log ORDER BY id`;
    expect(await controlRows(crm.admin, log)).toEqual([
      { key: ['1'], op: 'I', past: true },
      { key: ['3'], op: 'I', past: true },
      { key: ['3'], op: 'D', past: true },
      { key: ['2'], op: 'I', past: true },
    ]);
    expect(await controlRows(crm.admin, 'SELECT to_snapshot FROM tidegate.window')).toEqual([{ to_snapshot: null }]);
    // The load holds all of it.
    const sender = new Sender(crm.admin, plan, epoch);
    expect((await sender.load()).map(({ id }) => id).toSorted()).toEqual(['1', '2']);
    expect(await sender.send()).toMatchObject({ rows: 0 });
  });
});

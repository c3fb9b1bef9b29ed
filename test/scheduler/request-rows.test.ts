import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readMessageClaims } from '../../activities/auth/message-claims.ts';
import { signReverseMessage } from '../../activities/auth/sign-reverse-message.ts';
import { toFailure } from '../../activities/failure.ts';
import { planCollections } from '../../activities/plans.ts';
import { finishMessage } from '../../adaptor/data/control/reverse-messages.ts';
import { inTransaction } from '../../adaptor/data/pool.ts';
import { claimReverseRequests } from '../../activities/requests/claim-reverse-requests.ts';
import { settleRequests } from '../../adaptor/data/control/left-out.ts';
import { controlRows } from '../../adaptor/data/control-rows.ts';
import { ensureChannels, setSchemaHash } from '../../adaptor/data/state/channel.ts';
import { claimEpoch } from '../../adaptor/data/state/epoch.ts';
import { ensureLink } from '../../adaptor/data/state/link.ts';
import { awaitLoads } from '../../activities/requests/await-loads.ts';
import { BY_HAND_ONLY } from '../support/by-hand-only.ts';
import { stubActivities } from '../support/stub-activities.ts';
import { startTestWorker } from '../support/temporal-worker.ts';
import { type TestLink, startTestLink } from '../support/test-link.ts';

let link: TestLink;
beforeAll(async () => {
  link = await startTestLink();
  await ensureLink(link.consumer, link.setup.identity);
  await claimEpoch(link.consumer, link.setup.name);
  await ensureChannels(link.consumer, link.setup.name, ['contacts', 'appointments', 'tasks']);
  await channels({ contacts: 'open', appointments: 'open', tasks: 'open' });
  for (const { collection, plan } of await planCollections(link.consumer, link.setup))
    await setSchemaHash(link.consumer, link.setup.name, collection, plan?.schemaHash ?? '');
});
afterAll(() => link[Symbol.asyncDispose]());

/** Puts forward channels into states. */
const channels = (states: Readonly<Record<string, string>>) =>
  link.crmAdmin.query(
    `UPDATE tidegate.channel c SET state = s.value FROM jsonb_each_text($1::jsonb) s WHERE c.collection = s.key AND c.direction = 'forward'`,
    [JSON.stringify(states)],
  );

const rows = () =>
  controlRows<{ state: string; cause: string; claimed: string }>(
    link.consumer,
    'SELECT state, cause, claimed_by AS claimed FROM tidegate.sync_request WHERE link = $1',
    [link.name],
  );

describe('request rows under overlapping firings of the Schedule', () => {
  it('are all served, one run at a time', async () => {
    let running = 0;
    let most = 0;
    const context = { links: new Map([[link.name, link.setup]]), consumer: link.consumer };
    // A firing may run beside another for a moment. Of two that claimed the same rows one signs at a time; the second may order
    // them once more, where the first has spent its message and not settled its rows yet: that brings nothing in twice.
    const stub = stubActivities({
      claimReverseRequests: (input) => claimReverseRequests(context, input),
      settleRequests: ({ requests, leftOut, served }) => settleRequests(link.consumer, requests, leftOut, served),
      signReverseMessage: (input) => signReverseMessage(context, input).catch((error: unknown) => Promise.reject(toFailure(error))),
      awaitReverseSync: async ({ messageId }) => {
        running += 1;
        most = Math.max(most, running);
        await sleep(300);
        running -= 1;
        await inTransaction(link.consumer, (client) => finishMessage(client, messageId, 'spent'));
        return { code: null };
      },
    });
    await using worker = await startTestWorker(stub.activities);
    const tidegate = link.tidegate(worker.client, worker.taskQueue);
    await tidegate.ensureSchedules({ links: [{ ...link.setup.identity, schedules: BY_HAND_ONLY }] });
    // A firing that finds nothing to do writes the period's own row, where it is due: it is not.
    await link.crmAdmin.query(
      `INSERT INTO tidegate.sync_request (link, direction, cause, collections, requested_by, state, finished_at) VALUES ($1, 'reverse', 'period', '{}', 'period', 'done', now())`,
      [link.name],
    );
    try {
      const asked: string[] = [];
      for (let click = 0; click < 12; click++) {
        asked.push(
          (await tidegate.orderReverse({ link: link.name, by: `user ${click}`, ...(click % 3 === 0 ? { collections: ['contacts'] } : {}) })).requestId,
        );
        await sleep(100);
      }
      await vi.waitFor(async () => expect((await rows()).filter(({ state }) => state !== 'done')).toEqual([]), 40_000);
      const signed = await controlRows<{ jws: string }>(link.consumer, 'SELECT jws FROM tidegate.reverse_message');
      const served = signed.map(({ jws }) => readMessageClaims(jws).requests);
      expect([...new Set(served.flat())].toSorted()).toEqual(asked.toSorted());
      expect(most).toBe(1);
      // Fewer runs than clicks: firings were joined.
      expect(served.length).toBeLessThan(asked.length);
    } finally {
      await tidegate.deleteSchedules(link.name);
    }
  });
});

describe('claiming', () => {
  const context = () => ({ links: new Map([[link.name, link.setup]]), consumer: link.consumer });
  const write = (values: string) =>
    link.crmAdmin.query(
      `INSERT INTO tidegate.sync_request (link, direction, cause, collections, records, requested_by) VALUES ('${link.name}', 'reverse', ${values})`,
    );
  const reset = () => link.crmAdmin.query('DELETE FROM tidegate.sync_request');

  it('writes the row of the period itself, once a period, where nobody asked', async () => {
    await reset();
    const first = await claimReverseRequests(context(), { link: link.name, claimedBy: 'a' });
    expect(first).toMatchObject({ state: 'claimed', cause: 'period', collections: [] });
    await settleRequests(link.consumer, first.requests, {});
    expect(await claimReverseRequests(context(), { link: link.name, claimedBy: 'b' })).toMatchObject({ state: 'nothing', requests: [] });
  });

  it('joins rows: everything where one asks for everything, else the union; the weightiest cause names the message', async () => {
    await reset();
    await write(`'user', '{contacts}', null, 'anna'`);
    await write(`'records', '{}', '[{"collection": "tasks", "key": ["1"]}]', 'ben'`);
    expect(await claimReverseRequests(context(), { link: link.name, claimedBy: 'a' })).toMatchObject({ cause: 'records', collections: ['contacts', 'tasks'] });
    await write(`'user', '{}', null, 'carl'`);
    expect(await claimReverseRequests(context(), { link: link.name, claimedBy: 'a' })).toMatchObject({
      cause: 'records',
      collections: [],
      requests: { length: 3 },
    });
  });

  it('takes over rows that a run claimed and left behind', async () => {
    await reset();
    await write(`'user', '{}', null, 'anna'`);
    const first = await claimReverseRequests(context(), { link: link.name, claimedBy: 'terminated' });
    const second = await claimReverseRequests(context(), { link: link.name, claimedBy: 'next' });
    expect(second.requests).toEqual(first.requests);
    expect(await rows()).toMatchObject([{ claimed: 'next', state: 'claimed' }]);
  });

  it('leaves the rows of a paused link open', async () => {
    await reset();
    await write(`'user', '{}', null, 'anna'`);
    await link.crmAdmin.query(`UPDATE tidegate.link SET state = 'paused' WHERE name = $1`, [link.name]);
    expect(await claimReverseRequests(context(), { link: link.name, claimedBy: 'a' })).toMatchObject({ state: 'held', requests: [] });
    expect(await rows()).toMatchObject([{ state: 'open' }]);
    await link.crmAdmin.query(`UPDATE tidegate.link SET state = 'open' WHERE name = $1`, [link.name]);
  });
});

describe('a request for what is still being loaded', () => {
  const context = () => ({ links: new Map([[link.name, link.setup]]), consumer: link.consumer });
  const claim = (claimedBy = 'a') => claimReverseRequests(context(), { link: link.name, claimedBy });
  const ask = async (collections: string, cause = 'user') => {
    await link.crmAdmin.query(`DELETE FROM tidegate.sync_request WHERE cause <> 'period'`);
    const { rows: written } = await link.crmAdmin.query<{ id: string }>(
      `INSERT INTO tidegate.sync_request (link, direction, cause, collections) VALUES ($1, 'reverse', $2, $3) RETURNING id`,
      [link.name, cause, collections],
    );
    return written[0]?.id ?? '';
  };
  // The period's own row was written just now, and is not due again.
  beforeAll(async () => {
    await link.crmAdmin.query(`DELETE FROM tidegate.sync_request`);
    await link.crmAdmin.query(`INSERT INTO tidegate.sync_request (link, direction, cause, collections, state) VALUES ($1, 'reverse', 'period', '{}', 'done')`, [
      link.name,
    ]);
  });
  const outcome = () =>
    controlRows<{ state: string; code: string | null; left: object | null; finished: boolean }>(
      link.consumer,
      "SELECT state, error_code AS code, left_out AS left, finished_at IS NOT NULL AS finished FROM tidegate.sync_request WHERE finished_at IS NOT NULL OR state <> 'done'",
    );

  it('stays open, and is served once the collection is', async () => {
    await channels({ contacts: 'open', appointments: 'open', tasks: 'loading' });
    await ask('{tasks}');
    expect(await claim()).toMatchObject({ state: 'loading', requests: [], waiting: 1 });
    for (const state of ['new', 'loaded']) {
      await channels({ tasks: state });
      expect(await claim()).toMatchObject({ state: 'loading' });
    }
    expect(await outcome()).toEqual([{ state: 'open', code: null, left: null, finished: false }]);
    await channels({ tasks: 'open' });
    expect(await claim()).toMatchObject({ state: 'claimed', collections: ['tasks'], waiting: 0 });
  });

  it('does not hold up those who ask for what is open', async () => {
    await channels({ contacts: 'open', tasks: 'loading' });
    const waits = await ask('{tasks}');
    await link.crmAdmin.query(`INSERT INTO tidegate.sync_request (link, direction, cause, collections) VALUES ($1, 'reverse', 'user', '{contacts}')`, [
      link.name,
    ]);
    const claimed = await claim();
    expect(claimed).toMatchObject({ state: 'claimed', collections: ['contacts'], waiting: 1, requests: { length: 1 } });
    expect(claimed.requests).not.toContain(waits);
  });

  it('gets what is open at once, and is owed the rest only', async () => {
    await channels({ contacts: 'open', appointments: 'drifted', tasks: 'loading' });
    const id = await ask('{}');
    expect(await claim()).toMatchObject({ state: 'claimed', collections: [] });
    await settleRequests(link.consumer, [id], { tasks: 'load-incomplete', appointments: 'schema-drifted' });
    expect(await outcome()).toEqual([{ state: 'open', code: null, left: { tasks: 'load-incomplete', appointments: 'schema-drifted' }, finished: false }]);
    expect(await claim()).toMatchObject({ state: 'loading' });
    await channels({ tasks: 'open' });
    expect(await claim()).toMatchObject({ state: 'claimed', collections: ['tasks'] });
    await settleRequests(link.consumer, [id], {});
    expect(await outcome()).toEqual([{ state: 'done', code: null, left: { appointments: 'schema-drifted' }, finished: true }]);
  });

  it('has failed with the code of a collection that it names and that cannot go on', async () => {
    await channels({ contacts: 'open', appointments: 'drifted', tasks: 'stopped' });
    const id = await ask('{appointments,contacts}');
    expect(await claim()).toMatchObject({ state: 'claimed', collections: ['appointments', 'contacts'] });
    await settleRequests(link.consumer, [id], { appointments: 'schema-drifted' });
    expect(await outcome()).toEqual([{ state: 'failed', code: 'schema-drifted', left: { appointments: 'schema-drifted' }, finished: true }]);
  });

  it('has failed where nothing at all was served', async () => {
    const id = await ask('{}');
    await claim();
    await settleRequests(link.consumer, [id], { contacts: 'schema-drifted' }, false);
    expect(await outcome()).toMatchObject([{ state: 'failed', code: 'schema-drifted' }]);
  });

  it('is waited for until its collection opens', async () => {
    await channels({ contacts: 'loading', appointments: 'loading', tasks: 'loading' });
    await ask('{tasks}');
    let ended = false;
    const waiting = awaitLoads(context(), { link: link.name }).then(() => (ended = true));
    await sleep(1200);
    expect(ended).toBe(false);
    await channels({ tasks: 'open' });
    await waiting;
    expect(await claim()).toMatchObject({ state: 'claimed', collections: ['tasks'] });
  });

  it('is not made by a period, whose next row comes by itself', async () => {
    await channels({ contacts: 'loading', appointments: 'loading', tasks: 'loading' });
    await link.crmAdmin.query('DELETE FROM tidegate.sync_request');
    expect(await claim()).toMatchObject({ state: 'nothing', waiting: 0 });
    expect(await outcome()).toEqual([]);
    await channels({ contacts: 'open' });
    const { requests } = await claim();
    await settleRequests(link.consumer, requests, { tasks: 'load-incomplete' });
    expect(await outcome()).toMatchObject([{ state: 'done', left: { tasks: 'load-incomplete' } }]);
  });
});

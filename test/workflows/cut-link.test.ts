import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { controlRows } from '../../adaptor/data/control-rows.ts';
import { workerOptions } from '../../workers/crm/worker-options.ts';
import { BY_HAND_ONLY } from '../support/by-hand-only.ts';
import { endLink } from '../support/end-link.ts';
import { type TcpProxy, startTcpProxy } from '../support/tcp-proxy.ts';
import { type TestWorker, startTestWorker } from '../support/temporal-worker.ts';
import { type TestLink, startTestLink } from '../support/test-link.ts';

/* The line between CRM and cloud is cut at chosen moments: nothing is lost, nothing is done twice, both stores converge. */

let link: TestLink;
let proxy: TcpProxy;
let worker: TestWorker;

beforeAll(async () => {
  link = await startTestLink();
  proxy = await startTcpProxy(link.producer.port);
  const producer = link.producer.client({ baseUrl: `https://127.0.0.1:${proxy.port}` });
  worker = await startTestWorker((client, taskQueue) =>
    workerOptions({ ...link.context(client, taskQueue), links: new Map([[link.name, { ...link.setup, producer }]]) }),
  );
  await tidegate().ensureSchedules({ links: [{ ...link.setup.identity, schedules: BY_HAND_ONLY }] });
  await crm(`INSERT INTO crm.contacts (given_name, family_name) SELECT 'Given ' || n, 'Family ' || n FROM generate_series(1, 2000) n`);
  // Writes down every change that a window makes of a record, so that one which is made twice is seen.
  await link.cloudAdmin.query(`
    CREATE TABLE public.effects (id uuid, title text);
    CREATE FUNCTION public.note_effect() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
      BEGIN INSERT INTO public.effects VALUES (new.id, new.title); RETURN NULL; END $$;
    CREATE TRIGGER note_effect AFTER UPDATE ON cloud.people FOR EACH ROW EXECUTE FUNCTION public.note_effect()`);
  await tidegate().requestForward({ link: link.name, by: 'test' });
  await until(async () => {
    const channels = await crm<{ state: string }>(`SELECT state FROM tidegate.channel WHERE direction = 'forward'`);
    expect(channels.map(({ state }) => state)).toEqual(['open', 'open', 'open']);
  });
}, 120_000);
afterAll(async () => {
  await endLink(link, worker);
  await proxy?.[Symbol.asyncDispose]();
}, 60_000);

const crm = <T>(sql: string) => controlRows<T>(link.crmAdmin, sql);
const cloud = <T>(sql: string) => controlRows<T>(link.cloudAdmin, sql);
const tidegate = () => link.tidegate(worker.client, worker.taskQueue);
const until = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 45_000, interval: 50 });
const cursor = () => crm<{ ordinal: number }>(`SELECT ordinal, cursor::text FROM tidegate.channel WHERE collection = 'contacts' AND direction = 'forward'`);

const numbers = (state: string) =>
  crm<{ ordinal: number }>(`SELECT ordinal FROM tidegate.window WHERE state = '${state}' AND collection = 'contacts' ORDER BY 1`);

/** Both stores agree, every window has its receipt, no number stands for two, and every record was changed once. */
async function expectWhole(title: string, records: number): Promise<void> {
  await until(async () => {
    const here = await crm(`SELECT md5(string_agg(concat_ws('|', id, job_title), ',' ORDER BY id)) AS digest FROM crm.contacts`);
    expect(await cloud(`SELECT md5(string_agg(concat_ws('|', id, title), ',' ORDER BY id)) AS digest FROM cloud.people`)).toEqual(here);
    expect(await crm(`SELECT FROM tidegate.window WHERE state IN ('prepared', 'sent')`)).toEqual([]);
  });
  const sent = `SELECT collection, ordinal, batch_id FROM tidegate.window WHERE direction = 'forward' AND state IN ('applied', 'receipted') ORDER BY 1, 2`;
  expect(await cloud(sent)).toEqual(await crm(sent));
  expect(await cloud(`SELECT count(*) AS n, count(DISTINCT id) AS records FROM public.effects WHERE title = '${title}'`)).toEqual([{ n: records, records }]);
  expect(await crm(`SELECT FROM tidegate.window WHERE state = 'receipted' AND offered <> applied + unchanged + conflicted + quarantined + filtered`)).toEqual(
    [],
  );
}

describe('a line that is cut', () => {
  it('before the request: what is committed meanwhile goes when it stands again', async () => {
    proxy.set({ kind: 'cut' });
    await crm(`UPDATE crm.contacts SET job_title = 'cut' WHERE family_name LIKE 'Family 1%'`);
    await until(async () => expect(proxy.faults).toBeGreaterThan(1));
    expect(await cloud(`SELECT FROM cloud.people WHERE title = 'cut'`)).toEqual([]);
    proxy.set({ kind: 'pass' });
    await expectWhole('cut', 1111);
  }, 90_000);

  it('after the cloud has committed, before its answer: the receipt is asked for, nothing is applied again', async () => {
    const voids = await numbers('void');
    proxy.set({ kind: 'lose-answer' });
    await crm(`UPDATE crm.contacts SET job_title = 'lost answer' WHERE family_name LIKE 'Family 2%'`);
    await until(async () => expect(proxy.faults).toBe(1));
    await expectWhole('lost answer', 112);
    // It had been applied: its number was not given up.
    expect(await numbers('void')).toEqual(voids);
  }, 90_000);

  it('in the middle of a window: the cursor stays, the number is void, the rows go with the next', async () => {
    const before = await cursor();
    proxy.set({ kind: 'truncate', afterBytes: 20_000 });
    await crm(`UPDATE crm.contacts SET job_title = 'truncated' WHERE family_name LIKE 'Family 1%'`);
    await until(async () => expect(proxy.faults).toBe(1));
    await expectWhole('truncated', 1111);
    expect(await numbers('void')).toContainEqual({ ordinal: (before[0]?.ordinal ?? 0) + 1 });
  }, 90_000);

  it('under a reverse run: each edit comes in once', async () => {
    await cloud(`UPDATE cloud.people SET notes = 'ordered' WHERE last_name LIKE 'Family 3%'`);
    // No other answer is as long as that window.
    proxy.set({ kind: 'lose-answer', afterBytes: 8000 });
    const { requestId } = await tidegate().orderReverse({ link: link.name, by: 'test' });
    await until(async () => expect(await crm(`SELECT state FROM tidegate.sync_request WHERE id = '${requestId}'`)).toEqual([{ state: 'done' }]));
    expect(proxy.faults).toBe(1);
    expect(await crm(`SELECT count(*) AS n FROM crm.contacts WHERE note = 'ordered'`)).toEqual([{ n: 111 }]);
    expect(await crm(`SELECT count(*) AS n, count(DISTINCT key) AS records FROM tidegate.ledger_entry`)).toEqual([{ n: 111, records: 111 }]);
  }, 90_000);
});

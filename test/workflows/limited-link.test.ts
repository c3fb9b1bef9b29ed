import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { controlRows } from '../../adaptor/data/control-rows.ts';
import { workerOptions } from '../../workers/crm/worker-options.ts';
import { BY_HAND_ONLY } from '../support/by-hand-only.ts';
import { endLink } from '../support/end-link.ts';
import { auditedCodes } from '../support/producer-requests.ts';
import { type TestWorker, startTestWorker } from '../support/temporal-worker.ts';
import { type TestLink, startTestLink } from '../support/test-link.ts';

/* A producer that takes far fewer requests than a load needs: the worker waits as it is told, and everything arrives, once. */

// So few that a busy machine, too, asks for more than it may.
let link: TestLink;
let worker: TestWorker;

beforeAll(async () => {
  link = await startTestLink({ limits: { rate: { requests: 10, windowMs: 3000 } }, link: { load: { chunkRows: 100, streams: 4 } } });
  worker = await startTestWorker((client, taskQueue) => workerOptions(link.context(client, taskQueue)));
  await link.tidegate(worker.client, worker.taskQueue).ensureSchedules({ links: [{ ...link.setup.identity, schedules: BY_HAND_ONLY }] });
}, 60_000);
afterAll(() => endLink(link, worker), 60_000);

const crm = <T>(sql: string) => controlRows<T>(link.crmAdmin, sql);
const until = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 45_000, interval: 50 });

it('loads, sends and orders in through a narrow gate, with nothing lost', async () => {
  const tidegate = link.tidegate(worker.client, worker.taskQueue);
  await crm(`INSERT INTO crm.contacts (given_name) SELECT 'Given ' || n FROM generate_series(1, 1500) n`);
  await tidegate.requestForward({ link: link.name, by: 'test' });
  await until(async () => {
    expect(await controlRows(link.cloudAdmin, 'SELECT count(*) AS n FROM cloud.people')).toEqual([{ n: 1500 }]);
    expect(await crm(`SELECT FROM tidegate.channel WHERE direction = 'forward' AND state = 'open'`)).toHaveLength(3);
  });
  await controlRows(link.cloudAdmin, `UPDATE cloud.people SET notes = 'ordered' WHERE first_name LIKE 'Given 1%'`);
  const { requestId } = await tidegate.orderReverse({ link: link.name, by: 'test' });
  await until(async () => expect(await crm(`SELECT state FROM tidegate.sync_request WHERE id = '${requestId}'`)).toEqual([{ state: 'done' }]));
  expect(await crm(`SELECT count(*) AS n FROM crm.contacts WHERE note = 'ordered'`)).toEqual([{ n: 612 }]);
  expect(await auditedCodes(link.cloudAdmin)).toContain('too-many-requests');
  // The load was made once: being told to wait is no failed attempt.
  expect(await crm(`SELECT count(*) AS n FROM tidegate.window WHERE collection = 'contacts' AND direction = 'forward' AND state = 'void'`)).toEqual([{ n: 0 }]);
}, 120_000);

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readLedgerHeads } from '../../adaptor/auth/ledger-head.ts';
import { controlRows } from '../../adaptor/data/control-rows.ts';
import { writeSyncOption } from '../../adaptor/data/control/sync-options.ts';
import { headKeys, listHeads } from '../../adaptor/data/ledger/ledger-heads.ts';
import { verifyLedger } from '../../adaptor/data/ledger/verify-ledger.ts';
import { reverseScheduleId, workflowIdOfRun } from '../../scheduler/ids.ts';
import { workerOptions } from '../../workers/crm/worker-options.ts';
import { BY_HAND_ONLY } from '../support/by-hand-only.ts';
import { historyText } from '../support/history-text.ts';
import { type TestWorker, startTestWorker } from '../support/temporal-worker.ts';
import { type TestLink, startTestLink } from '../support/test-link.ts';

/* A link as it is in production: real stores, a real producer behind mutual TLS, a real Temporal server, real activities. */

let link: TestLink;
let worker: TestWorker;

beforeAll(async () => {
  link = await startTestLink();
  worker = await startTestWorker((client, taskQueue) => workerOptions(link.context(client, taskQueue)));
}, 120_000);
afterAll(async () => {
  await worker?.client.workflow
    .getHandle((await chainOf()) ?? 'none')
    .terminate()
    .catch(() => undefined);
  await link?.tidegate(worker.client, worker.taskQueue).deleteSchedules(link.name);
  await worker?.[Symbol.asyncDispose]();
  await link?.[Symbol.asyncDispose]();
}, 60_000);

const crm = <T>(sql: string, values: unknown[] = []) => controlRows<T>(link.crmAdmin, sql, values);
const cloud = <T>(sql: string, values: unknown[] = []) => controlRows<T>(link.cloudAdmin, sql, values);
const chainOf = async (): Promise<string | undefined> => {
  const [row] = await crm<{ run: string }>('SELECT opened_run AS run FROM tidegate.link WHERE opened_run IS NOT NULL');
  return row === undefined ? undefined : workflowIdOfRun(row.run);
};
const tidegate = () => link.tidegate(worker.client, worker.taskQueue);
const requestState = async (id: string) => (await crm<{ state: string }>('SELECT state FROM tidegate.sync_request WHERE id = $1', [id]))[0]?.state;
const until = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 45_000, interval: 50 });

describe('forward synchronisation', () => {
  it('loads what is there, hands over, and sends changes as they happen', async () => {
    await crm(`INSERT INTO crm.contacts (given_name, family_name) SELECT 'Given ' || n, 'Family ' || n FROM generate_series(1, 500) n`);
    await crm(`INSERT INTO crm.tasks (subject, contact_id) SELECT 'Call ' || family_name, id FROM crm.contacts LIMIT 50`);
    const { requestId } = await tidegate().requestForward({ link: link.name, by: 'anna' });
    await until(async () => expect(await requestState(requestId)).toBe('done'));
    expect(await cloud('SELECT count(*) AS n FROM cloud.people')).toEqual([{ n: 500 }]);
    expect(await cloud('SELECT count(*) AS n FROM cloud.todos')).toEqual([{ n: 50 }]);
    const channels = await crm<{ state: string }>(`SELECT state FROM tidegate.channel WHERE direction = 'forward'`);
    expect(channels.map(({ state }) => state)).toEqual(['open', 'open', 'open']);
    // The run's row, which the page shows, counts what was loaded while the run goes on.
    await until(async () => expect(await crm('SELECT state, offered, applied FROM tidegate.run')).toEqual([{ state: 'running', offered: 550, applied: 550 }]));

    await crm(`UPDATE crm.contacts SET job_title = 'Director' WHERE family_name = 'Family 7'`);
    await until(async () => expect(await cloud(`SELECT title FROM cloud.people WHERE last_name = 'Family 7'`)).toEqual([{ title: 'Director' }]));
    await crm(`DELETE FROM crm.contacts WHERE family_name = 'Family 500'`);
    await until(async () => expect(await cloud('SELECT count(*) AS n FROM cloud.people')).toEqual([{ n: 499 }]));
    await crm(`UPDATE crm.contacts SET private = true WHERE family_name = 'Family 499'`);
    await until(async () => expect(await cloud('SELECT count(*) AS n FROM cloud.people')).toEqual([{ n: 498 }]));
  }, 90_000);

  it('sends selected records again when somebody asks for them', async () => {
    const [contact] = await crm<{ id: string }>(`SELECT id FROM crm.contacts WHERE family_name = 'Family 9'`);
    await cloud(
      `SET session_replication_role = replica; UPDATE cloud.people SET first_name = 'Lost' WHERE id = '${contact?.id}'; RESET session_replication_role`,
    );
    const { requestId } = await tidegate().requestForward({ link: link.name, records: [{ collection: 'contacts', key: [contact?.id ?? ''] }], by: 'anna' });
    await until(async () => expect(await requestState(requestId)).toBe('done'));
    expect(await cloud(`SELECT first_name AS name FROM cloud.people WHERE id = $1`, [contact?.id])).toEqual([{ name: 'Given 9' }]);
  }, 60_000);

  it('refuses a selected record whose key is none of its table’s, and that request alone: the chain goes on', async () => {
    const chain = await chainOf();
    const select = (key: string) => tidegate().requestForward({ link: link.name, records: [{ collection: 'contacts', key: [key] }], by: 'anna' });
    const [wrong, right] = [await select('no uuid'), await select('00000000-0000-4000-8000-000000000000')];
    await until(async () => expect([await requestState(wrong.requestId), await requestState(right.requestId)]).toEqual(['failed', 'done']));
    expect(await crm(`SELECT error_code FROM tidegate.sync_request WHERE id = $1`, [wrong.requestId])).toEqual([{ error_code: 'key-invalid' }]);
    expect(await chainOf()).toBe(chain);
  }, 60_000);

  it('names token, certificate, signing and verifying as activities of its history', async () => {
    const history = await worker.client.workflow.getHandle((await chainOf()) ?? '').fetchHistory();
    const names = (history.events ?? []).flatMap((event) => event.activityTaskScheduledEventAttributes?.activityType?.name ?? []);
    for (const name of [
      'claimLink',
      'checkCertificate',
      'obtainToken',
      'signOpening',
      'openLink',
      'verifyOpening',
      'registerCollections',
      'initialLoad',
      'pumpWindows',
    ])
      expect(names).toContain(name);
    const text = JSON.stringify(history);
    for (const content of ['Family 7', 'Director', 'Call Family']) expect(Buffer.from(text).includes(content)).toBe(false);
  });
});

describe('reverse synchronisation', () => {
  it('brings cloud edits in under one signed message, by the Schedule, with a ledger', async () => {
    await tidegate().ensureSchedules({ links: [{ ...link.setup.identity, schedules: BY_HAND_ONLY }] });
    const [contact] = await cloud<{ id: string }>(`SELECT id FROM cloud.people WHERE last_name = 'Family 3'`);
    await cloud(`UPDATE cloud.people SET notes = 'from the cloud' WHERE id = $1`, [contact?.id]);
    expect(await crm('SELECT note FROM crm.contacts WHERE id = $1', [contact?.id])).toEqual([{ note: null }]);
    const { requestId } = await tidegate().orderReverse({ link: link.name, by: 'anna' });
    await until(async () => expect(await requestState(requestId)).toBe('done'));
    expect(await crm('SELECT note FROM crm.contacts WHERE id = $1', [contact?.id])).toEqual([{ note: 'from the cloud' }]);
    const [run] = await crm<{ message: string; state: string; by: string; applied: number }>(
      `SELECT message_id AS message, state, requested_by AS by, applied FROM tidegate.run WHERE direction = 'reverse'`,
    );
    expect(run).toMatchObject({ state: 'completed', by: 'anna', applied: 1 });
    expect(await crm('SELECT message_id AS message, op, fields FROM tidegate.ledger_entry')).toEqual([{ message: run?.message, op: 'U', fields: ['note'] }]);
    expect(await crm('SELECT state FROM tidegate.reverse_message')).toEqual([{ state: 'spent' }]);
    expect(await tidegate().describeRun(run?.message ?? '')).toMatchObject({
      type: 'reverseSync',
      status: 'COMPLETED',
      outcome: 'completed',
      trigger: 'user',
      records: 1,
    });
    // The receipt came back to the cloud.
    await until(async () => expect(await cloud(`SELECT state FROM tidegate.window WHERE direction = 'reverse'`)).toEqual([{ state: 'receipted' }]));
  }, 60_000);

  it('leaves a ledger that verifies, signed up to its last run', async () => {
    // The run's end is signed after its row is closed.
    await until(async () => {
      const verified = await verifyLedger(link.consumer, async (client) =>
        readLedgerHeads(
          (await listHeads(client)).map(({ jws }) => jws),
          await headKeys(client),
        ),
      );
      expect(verified.faults).toEqual([]);
      expect(verified.heads).toBeGreaterThan(0);
      expect(verified.entries).toBe(1);
    });
    const [batch] = await crm<{ facts: object }>(`SELECT facts FROM tidegate.ledger_batch WHERE facts ->> 'direction' = 'reverse'`);
    expect(batch).toMatchObject({ facts: { applied: 1, order: 'message' } });
  });

  it('started by hand, or with a forged message, touches nothing and is in the log', async () => {
    const requestsBefore = await cloud('SELECT count(*) AS n FROM tidegate.reverse_message');
    const byHand = worker.client.workflow.execute('reverseSync', { workflowId: 'by-hand', taskQueue: worker.taskQueue });
    await expect(byHand).rejects.toMatchObject({ cause: { type: 'message-missing' } });
    const [genuine] = await crm<{ jws: string; id: string }>('SELECT id, jws FROM tidegate.reverse_message');
    const forged = worker.client.workflow.signalWithStart('reverseSync', {
      workflowId: 'forged',
      taskQueue: worker.taskQueue,
      signal: 'reverseMessage',
      signalArgs: [{ messageId: 'forged', jws: genuine?.jws }],
    });
    await expect((await forged).result()).rejects.toMatchObject({ cause: { type: 'message-not-accepted' } });
    const audit = await crm<{ code: string; subject: string }>(`SELECT code, subject FROM tidegate.audit_event WHERE event = 'reverse-refused' ORDER BY id`);
    expect(audit.map(({ code, subject }) => [code, workflowIdOfRun(subject)])).toEqual([
      ['message-missing', 'by-hand'],
      ['message-not-accepted', 'forged'],
    ]);
    expect(await cloud('SELECT count(*) AS n FROM tidegate.reverse_message')).toEqual(requestsBefore);
  }, 60_000);
});

describe('a record that the CRM cannot take', () => {
  it('waits with its reason, is edited under a release by a run of its own, and travels back', async () => {
    await crm(`ALTER TABLE crm.contacts ADD CONSTRAINT short_notes CHECK (length(note) < 20)`);
    const [contact] = await cloud<{ id: string }>(`UPDATE cloud.people SET notes = 'a note of more than twenty' WHERE last_name = 'Family 4' RETURNING id`);
    const { requestId } = await tidegate().orderReverse({ link: link.name, by: 'anna' });
    await until(async () => expect(await requestState(requestId)).toBe('done'));
    const [row] = await crm<{ id: number; code: string }>(`SELECT id, code FROM tidegate.quarantine WHERE state = 'waiting'`);
    expect(row?.code).toBe('constraint-violated');
    const decision = { link: link.name, subject: row?.id ?? 0, requestedBy: 'anna', reason: 'it was meant' } as const;
    const retried = await tidegate().retrySetAside({ link: link.name, id: row?.id ?? 0, by: 'anna', reason: 'may be' });
    await expect(tidegate().awaitRelease('releaseId' in retried ? retried.releaseId : '')).rejects.toMatchObject({ code: 'constraint-violated' });
    const { releaseId, workflowId } = await tidegate().release({ ...decision, act: 'edit', values: { note: 'a short note' } });
    expect(await tidegate().awaitRelease(releaseId)).toEqual({ outcome: 'applied' });
    expect(await crm('SELECT note FROM crm.contacts WHERE id = $1', [contact?.id])).toEqual([{ note: 'a short note' }]);
    await until(async () => expect(await cloud('SELECT notes FROM cloud.people WHERE id = $1', [contact?.id])).toEqual([{ notes: 'a short note' }]));
    expect(await crm('SELECT state, outcome, error_code AS code FROM tidegate.release ORDER BY created_at')).toEqual([
      { state: 'refused', outcome: null, code: 'constraint-violated' },
      { state: 'applied', outcome: 'applied', code: null },
    ]);
    expect(await tidegate().describeRun(workflowId)).toMatchObject({ type: 'applyRelease', status: 'COMPLETED', outcome: 'completed', trigger: 'release' });
    const history = historyText(await worker.client.workflow.getHandle(workflowId).fetchHistory());
    expect(history).toContain(releaseId);
    for (const content of ['a short note', 'more than twenty']) expect(history).not.toContain(content);
  }, 60_000);
});

describe('a collection that is switched off', () => {
  const switchTo = (direction: 'forward' | 'reverse', enabled: boolean) =>
    writeSyncOption(link.crmAdmin, { link: link.name, collection: 'contacts', direction, enabled }, 'ines');
  const settled = async (id: string) => (await crm<object>('SELECT state, left_out AS "leftOut" FROM tidegate.sync_request WHERE id = $1', [id]))[0];

  it('does not flow to the cloud while others do, and what changed meanwhile goes once it is on again', async () => {
    await switchTo('forward', false);
    const [contact] = await crm<{ id: string }>(`UPDATE crm.contacts SET job_title = 'Waiting' WHERE family_name = 'Family 11' RETURNING id`);
    await crm(`UPDATE crm.tasks SET subject = 'Goes on' WHERE subject = 'Call Family 12'`);
    const named = await tidegate().requestForward({ link: link.name, collections: ['contacts'], by: 'anna' });
    await until(async () => expect(await settled(named.requestId)).toEqual({ state: 'failed', leftOut: { contacts: 'collection-switched-off' } }));
    const selected = await tidegate().requestForward({ link: link.name, records: [{ collection: 'contacts', key: [contact?.id ?? ''] }], by: 'anna' });
    await until(async () => expect(await settled(selected.requestId)).toMatchObject({ state: 'failed' }));
    await until(async () => expect(await cloud(`SELECT count(*)::int AS n FROM cloud.todos WHERE title = 'Goes on'`)).toEqual([{ n: 1 }]));
    expect(await cloud(`SELECT title FROM cloud.people WHERE last_name = 'Family 11'`)).toEqual([{ title: null }]);
    await switchTo('forward', true);
    const again = await tidegate().requestForward({ link: link.name, collections: ['contacts'], by: 'anna' });
    await until(async () => expect(await settled(again.requestId)).toMatchObject({ state: 'done' }));
    expect(await cloud(`SELECT title FROM cloud.people WHERE last_name = 'Family 11'`)).toEqual([{ title: 'Waiting' }]);
  }, 60_000);

  it('is not ordered from the cloud, and no message names it', async () => {
    await switchTo('reverse', false);
    await cloud(`UPDATE cloud.people SET notes = 'later' WHERE last_name = 'Family 13'`);
    const all = await tidegate().orderReverse({ link: link.name, by: 'anna' });
    await until(async () => expect(await settled(all.requestId)).toEqual({ state: 'done', leftOut: { contacts: 'collection-switched-off' } }));
    const alone = await tidegate().orderReverse({ link: link.name, collections: ['contacts'], by: 'anna' });
    await until(async () => expect(await settled(alone.requestId)).toEqual({ state: 'failed', leftOut: { contacts: 'collection-switched-off' } }));
    expect(await crm(`SELECT note FROM crm.contacts WHERE family_name = 'Family 13'`)).toEqual([{ note: null }]);
    await switchTo('reverse', true);
    const again = await tidegate().orderReverse({ link: link.name, collections: ['contacts'], by: 'anna' });
    await until(async () => expect(await settled(again.requestId)).toMatchObject({ state: 'done' }));
    expect(await crm(`SELECT note FROM crm.contacts WHERE family_name = 'Family 13'`)).toEqual([{ note: 'later' }]);
  }, 60_000);
});

describe('a period that somebody sets', () => {
  it('holds at once, and for workers that start later', async () => {
    await tidegate().setPeriod(link.name, { direction: 'reverse', everyMs: 43_200_000, by: 'ines' });
    const every = async () =>
      (await worker.client.schedule.getHandle(reverseScheduleId(link.name)).describe()).spec.intervals?.map((interval) => interval.every);
    expect(await every()).toEqual([43_200_000]);
    await tidegate().ensureSchedules({ links: [{ ...link.setup.identity, schedules: BY_HAND_ONLY }] });
    expect(await every()).toEqual([43_200_000]);
    expect(await crm(`SELECT facts FROM tidegate.audit_event WHERE event = 'period-set'`)).toEqual([{ facts: { direction: 'reverse', everyMs: 43_200_000 } }]);
  });

  it('is refused for a link that has no Schedule, and nothing is kept', async () => {
    await expect(tidegate().setPeriod('no/such/link', { direction: 'reverse', everyMs: 60_000, by: 'ines' })).rejects.toMatchObject({ code: 'link-mismatch' });
    expect(await crm(`SELECT count(*)::int AS n FROM tidegate.sync_period WHERE link = 'no/such/link'`)).toEqual([{ n: 0 }]);
  });
});

describe('a worker that is replaced', () => {
  it('goes on where the one before stopped', async () => {
    await worker.restart();
    await crm(`UPDATE crm.contacts SET job_title = 'Chair' WHERE family_name = 'Family 8'`);
    await until(async () => expect(await cloud(`SELECT title FROM cloud.people WHERE last_name = 'Family 8'`)).toEqual([{ title: 'Chair' }]));
  }, 60_000);
});

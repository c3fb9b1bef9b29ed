import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { controlRows } from '../../adaptor/data/control-rows.ts';
import { type Reconciliation, listReconciliations, readDifferences } from '../../adaptor/data/control/reconciliations.ts';
import { waitForReconciliation } from '../../adaptor/data/control/wait-for-reconciliation.ts';
import { waitForRequest } from '../../adaptor/data/control/wait-for-request.ts';
import { reconcileScheduleId, workflowIdOfRun } from '../../scheduler/ids.ts';
import type { ReconcileOrder } from '../../scheduler/reconcile-run.ts';
import { workerOptions } from '../../workers/crm/worker-options.ts';
import { runProgram } from '../cli/run-program.ts';
import { BY_HAND_ONLY } from '../support/by-hand-only.ts';
import { codeOf } from '../support/code-of.ts';
import { historyText } from '../support/history-text.ts';
import { type TestWorker, startTestWorker } from '../support/temporal-worker.ts';
import { type TestLink, startTestLink } from '../support/test-link.ts';

/* Reconciliation as it is in production: real stores, a real producer behind mutual TLS, a real Temporal server, real activities. */

let link: TestLink;
let worker: TestWorker;

beforeAll(async () => {
  link = await startTestLink();
  worker = await startTestWorker((client, taskQueue) => workerOptions(link.context(client, taskQueue)));
  const identity = link.setup.identity;
  await tidegate().ensureSchedules({
    links: [{ ...identity, schedules: BY_HAND_ONLY, reconciliation: { scheduled: true, everyMs: BY_HAND_ONLY.reverseEveryMs } }],
  });
  await crm(`INSERT INTO crm.contacts (given_name, family_name, company) SELECT 'Given ' || n, 'Family ' || n, 'Company ' || n FROM generate_series(1, 300) n`);
  await crm(`INSERT INTO crm.tasks (subject, contact_id) SELECT 'Call ' || family_name, id FROM crm.contacts LIMIT 20`);
  const { requestId } = await tidegate().requestForward({ link: link.name, by: 'anna' });
  await waitForRequest(link.consumer, requestId, 60_000);
  await vi.waitFor(
    async () =>
      expect(new Set((await crm<{ state: string }>(`SELECT state FROM tidegate.channel WHERE direction = 'forward'`)).map(({ state }) => state))).toEqual(
        new Set(['open']),
      ),
    30_000,
  );
}, 120_000);
afterAll(async () => {
  const [row] = (await crm<{ run: string }>('SELECT opened_run AS run FROM tidegate.link WHERE opened_run IS NOT NULL')) ?? [];
  await worker?.client.workflow
    .getHandle(workflowIdOfRun(row?.run ?? 'none'))
    .terminate()
    .catch(() => undefined);
  await tidegate().deleteSchedules(link.name);
  await worker?.[Symbol.asyncDispose]();
  await link?.[Symbol.asyncDispose]();
}, 60_000);

const crm = <T>(sql: string, values: unknown[] = []) => controlRows<T>(link.crmAdmin, sql, values);
const cloud = <T>(sql: string, values: unknown[] = []) => controlRows<T>(link.cloudAdmin, sql, values);
const tidegate = () => link.tidegate(worker.client, worker.taskQueue);
const byHand = (side: 'crm' | 'cloud', sql: string) =>
  (side === 'crm' ? link.crmAdmin : link.cloudAdmin).query(`begin; set local session_replication_role = replica; ${sql}; commit`);

/** Compares, waits for it and for the repairs that it queued. */
async function reconcile(order: Partial<ReconcileOrder> = {}): Promise<{ readonly workflowId: string; readonly rows: readonly Reconciliation[] }> {
  const { requestId, workflowId } = await tidegate().reconcile({ link: link.name, collections: ['contacts', 'tasks'], by: 'olga', ...order });
  const rows = await waitForReconciliation(link.consumer, link.name, requestId, 60_000);
  for (const request of rows.flatMap(({ forwardRequest, reverseRequest }) => [forwardRequest, reverseRequest]))
    if (request !== null) expect(await waitForRequest(link.consumer, request, 60_000)).toMatchObject({ state: 'done' });
  return { workflowId, rows };
}
const namesOf = async (rows: readonly Reconciliation[]) =>
  (await Promise.all(rows.map(({ id }) => readDifferences(link.consumer, id))))
    .flat()
    .map(({ kind, fields }) => [kind, ...fields].join(' '))
    .toSorted();
const contact = async (name: string) => (await crm<{ id: string }>('SELECT id FROM crm.contacts WHERE family_name = $1', [name]))[0]?.id ?? '';

describe('reconcile', () => {
  it('finds no difference between stores in step, with few questions and bytes', async () => {
    const { rows } = await reconcile();
    expect(rows).toMatchObject([
      { collection: 'contacts', state: 'completed', differences: 0, crmRecords: 300, cloudRecords: 300, questions: 2, truncated: false, requestedBy: 'olga' },
      { collection: 'tasks', state: 'completed', differences: 0, crmRecords: 20, cloudRecords: 20 },
    ]);
    for (const { wireBytes } of rows) expect(wireBytes).toBeLessThan(10_000);
  }, 60_000);

  it('finds what was altered by hand on either side, repairs it by ordinary runs, and then finds nothing', async () => {
    const [gone, wrong, noted] = [await contact('Family 250'), await contact('Family 2'), await contact('Family 3')];
    await byHand(
      'cloud',
      `DELETE FROM cloud.people WHERE id = '${gone}';
       UPDATE cloud.people SET organisation = 'Forged', notes = 'unlogged' WHERE id = '${wrong}';
       INSERT INTO cloud.people (tenant, id, first_name, last_name) VALUES ('acme', '11111111-1111-4111-8111-111111111111', 'Only', 'There')`,
    );
    await byHand('crm', `UPDATE crm.contacts SET company = 'Corrected' WHERE id = '${noted}'`);
    const compared = await reconcile();
    const found = await namesOf(compared.rows);
    expect(found).toEqual(['altered company', 'altered company note', 'extra', 'missing']);
    expect(compared.rows.map(({ repaired }) => repaired)).toEqual([null, null]);

    const { rows, workflowId } = await reconcile({ repair: true, reason: 'by hand' });
    expect(await namesOf(rows)).toEqual(found);
    expect(rows[0]).toMatchObject({ repaired: found.length, reason: 'by hand', kinds: expect.objectContaining({ altered: 2, extra: 1 }) });
    expect(await cloud('SELECT organisation, notes FROM cloud.people WHERE id = $1', [wrong])).toEqual([{ organisation: 'Company 2', notes: null }]);
    expect(await crm('SELECT cloud_value AS lost, outcome FROM tidegate.conflict')).toEqual([{ lost: 'unlogged', outcome: 'crm' }]);
    expect(await crm(`SELECT given_name FROM crm.contacts WHERE family_name = 'There'`)).toEqual([{ given_name: 'Only' }]);
    // What entered the CRM came by messages that the CRM signed, caused by the repair.
    expect(await crm('SELECT DISTINCT m.cause FROM tidegate.ledger_entry e JOIN tidegate.reverse_message m ON m.id = e.message_id')).toEqual([
      { cause: 'repair' },
    ]);
    await vi.waitFor(
      async () =>
        expect((await reconcile()).rows.map(({ differences, waiting }) => [differences, waiting])).toEqual([
          [0, { 'in-flight': 0, 'not-ordered-in': 0, 'set-aside': 0, filtered: 0 }],
          [0, { 'in-flight': 0, 'not-ordered-in': 0, 'set-aside': 0, filtered: 0 }],
        ]),
      30_000,
    );

    expect(await tidegate().describeRun(workflowId)).toMatchObject({
      type: 'reconcile',
      status: 'COMPLETED',
      outcome: 'completed',
      trigger: 'user',
      collections: ['contacts', 'tasks'],
    });
    const history = historyText(await worker.client.workflow.getHandle(workflowId).fetchHistory());
    for (const content of [wrong, noted, 'Forged', 'unlogged', 'Corrected', 'There', 'by hand']) expect(history).not.toContain(content);
    expect(await crm(`SELECT event, facts ->> 'by' AS by FROM tidegate.audit_event WHERE event = 'repairs-queued'`)).toEqual([
      { event: 'repairs-queued', by: 'olga' },
    ]);
  }, 120_000);

  it('deletes nothing by inference without an approval with a reason', async () => {
    const contactId = await contact('Family 200');
    await crm(`UPDATE crm.contacts SET note = 'sent once' WHERE id = $1`, [contactId]);
    await vi.waitFor(async () => expect(await cloud('SELECT notes FROM cloud.people WHERE id = $1', [contactId])).toEqual([{ notes: 'sent once' }]), 20_000);
    await byHand('crm', `DELETE FROM crm.contacts WHERE id = '${contactId}'`);
    expect(await codeOf(tidegate().reconcile({ link: link.name, collections: ['contacts'], deleteReceipted: true, by: 'olga' }))).toBe('bad-request');
    const { rows } = await reconcile({ collections: ['contacts'], deleteReceipted: true, reason: 'it was deleted on Tuesday' });
    expect(rows).toMatchObject([{ differences: 1, repaired: 1, deleteReceipted: true, reverseRequest: null }]);
    expect(await cloud('SELECT FROM cloud.people WHERE id = $1', [contactId])).toEqual([]);
    expect((await reconcile({ collections: ['contacts'] })).rows).toMatchObject([{ differences: 0 }]);
  }, 60_000);

  it('is started by its Schedule for every collection, and repairs nothing unless it is configured to', async () => {
    await byHand('cloud', `UPDATE cloud.people SET organisation = 'Forged' WHERE last_name = 'Family 9'`);
    await worker.client.schedule.getHandle(reconcileScheduleId(link.name)).trigger();
    await vi.waitFor(async () => {
      const rows = await listReconciliations(link.consumer, link.name);
      expect(rows.map(({ collection, trigger, state, differences, repaired }) => [collection, trigger, state, differences, repaired])).toEqual([
        ['appointments', 'period', 'completed', 0, null],
        ['contacts', 'period', 'completed', 1, null],
        ['tasks', 'period', 'completed', 0, null],
      ]);
    }, 30_000);
    await reconcile({ collections: ['contacts'], repair: true });
    expect(await cloud(`SELECT organisation FROM cloud.people WHERE last_name = 'Family 9'`)).toEqual([{ organisation: 'Company 9' }]);
  }, 60_000);

  it('is a command: what differs is printed and fails it, the repair ends well, and the last comparison can be shown', async () => {
    const [altered] = await cloud<{ id: string }>(`SELECT id FROM cloud.people WHERE last_name = 'Family 12'`);
    await byHand('cloud', `UPDATE cloud.people SET organisation = 'Forged' WHERE id = '${altered?.id}'`);
    const { tenant, environment, link: name } = link.setup.identity;
    const folder = mkdtempSync(join(tmpdir(), 'tidegate-reconcile-'));
    const file = join(folder, 'tidegate.config.ts');
    const builtIn = new URL('../../configuration/built-in.ts', import.meta.url).href;
    const links = `[{ tenant: '${tenant}', environment: '${environment}', link: '${name}', collections: [contacts, appointments, tasks] }]`;
    writeFileSync(file, `import { appointments, contacts, tasks } from '${builtIn}';\nexport default { links: ${links} };\n`);
    const run = (...args: string[]) =>
      runProgram(
        {
          TIDEGATE_HOME: folder,
          TIDEGATE_CONFIG: file,
          TIDEGATE_CRM_CONSUMER_URL: link.crm.urls.tidegate_consumer,
          TIDEGATE_TEMPORAL_ADDRESS: worker.address,
          TIDEGATE_TEMPORAL_NAMESPACE: worker.namespace,
          TIDEGATE_TASK_QUEUE: worker.taskQueue,
        },
        'reconcile',
        ...args,
      );
    try {
      const compared = await run('contacts');
      expect([compared.code, compared.stdout]).toEqual([
        1,
        expect.stringMatching(new RegExp(`contacts: 1 record.s. differ.*${altered?.id} +altered: company`, 's')),
      ]);
      const repaired = await run('contacts', '--repair', '--json');
      expect([repaired.code, JSON.parse(repaired.stdout)]).toMatchObject([
        0,
        { reconciliations: [{ collection: 'contacts', repaired: 1, found: [{ key: [altered?.id], fields: ['company'], repair: ['forward'] }] }] },
      ]);
      expect(await run()).toMatchObject({ code: 0, stdout: expect.stringMatching(/contacts: no difference/) });
      expect(await run('--list', 'tasks')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^tasks: no difference/) });
      expect(await run('contacts', '--delete')).toMatchObject({ code: 2, stderr: expect.stringContaining('need a reason') });
      expect(await run('unheard-of')).toMatchObject({ code: 1, stderr: expect.stringContaining('collection-unknown') });
    } finally {
      rmSync(folder, { recursive: true });
    }
  }, 60_000);

  it('is refused on a link that does not flow, with the code; other collections go on where one cannot', async () => {
    await crm(`UPDATE tidegate.channel SET state = 'stopped', state_reason = 'test' WHERE collection = 'contacts' AND direction = 'forward'`);
    const { rows, workflowId } = await reconcile();
    expect(rows).toMatchObject([
      { collection: 'contacts', state: 'failed', errorCode: 'collection-stopped', differences: null },
      { collection: 'tasks', state: 'completed', differences: 0 },
    ]);
    await expect(worker.client.workflow.getHandle(workflowId).result()).rejects.toMatchObject({ cause: { type: 'collection-stopped' } });
    await crm(`UPDATE tidegate.channel SET state = 'open', state_reason = NULL WHERE collection = 'contacts' AND direction = 'forward'`);
    await tidegate().pause(link.name, { reason: 'test', by: 'olga' });
    expect((await reconcile({ repair: true })).rows).toMatchObject([
      { state: 'failed', errorCode: 'link-stopped' },
      { state: 'failed', errorCode: 'link-stopped' },
    ]);
    await tidegate().resume(link.name, { by: 'olga' });
  }, 60_000);
});

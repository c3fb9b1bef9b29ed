import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { controlRows } from '../../adaptor/data/control-rows.ts';
import { contacts, tasks } from '../../configuration/built-in.ts';
import type { CollectionConfigInput } from '../../configuration/collection-config.ts';
import { approvalRunId } from '../../scheduler/ids.ts';
import { workerOptions } from '../../workers/crm/worker-options.ts';
import { BY_HAND_ONLY } from '../support/by-hand-only.ts';
import { endLink } from '../support/end-link.ts';
import { type TestWorker, startTestWorker } from '../support/temporal-worker.ts';
import { type TestLink, startTestLink } from '../support/test-link.ts';
import { runProgram } from './run-program.ts';

/* The commands that plan, take back and decide, on a whole link: real stores, the real producer, Temporal and the worker's own steps. */

const collections: readonly CollectionConfigInput[] = [
  { ...contacts, deleteBudget: { forward: 50, reverse: 1 }, approval: { breach: false, reconnect: true } },
  { ...tasks, deleteBudget: { forward: 50, reverse: 0 } },
];
let folder: string;
let link: TestLink;
let worker: TestWorker;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'decide-'));
  link = await startTestLink({ collections });
  worker = await startTestWorker((client, taskQueue) => workerOptions(link.context(client, taskQueue)));
  const { tenant, environment, link: name } = link.config;
  await writeFile(join(folder, 'config.mjs'), `export default ${JSON.stringify({ links: [{ tenant, environment, link: name, collections }] })}`);
  await tidegate().ensureSchedules({ links: [{ ...link.setup.identity, schedules: BY_HAND_ONLY }] });
  await crm(`INSERT INTO crm.contacts (given_name, family_name) SELECT 'G', 'Family ' || n FROM generate_series(1, 8) n`);
  await crm(`INSERT INTO crm.tasks (subject) SELECT 'Task ' || n FROM generate_series(1, 3) n`);
  await crm(`ALTER TABLE crm.contacts ADD CONSTRAINT no_shouting CHECK (note <> upper(note))`);
  await tidegate().requestForward({ link: link.name, by: 'anna' });
  await until(async () =>
    expect(await crm(`SELECT DISTINCT state FROM tidegate.channel WHERE direction = 'forward' AND collection IN ('contacts', 'tasks')`)).toEqual([
      { state: 'open' },
    ]),
  );
}, 120_000);
afterAll(async () => {
  await endLink(link, worker);
  await rm(folder, { recursive: true, force: true });
}, 60_000);

const crm = <T>(sql: string, values: unknown[] = []) => controlRows<T>(link.crmAdmin, sql, values);
const cloud = <T>(sql: string, values: unknown[] = []) => controlRows<T>(link.cloudAdmin, sql, values);
const tidegate = () => link.tidegate(worker.client, worker.taskQueue);
const until = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 45_000, interval: 50 });

/** Runs the command line as an operator does. */
const command = (...args: readonly string[]) =>
  runProgram(
    {
      TIDEGATE_HOME: join(folder, 'nowhere'),
      TIDEGATE_CONFIG: join(folder, 'config.mjs'),
      TIDEGATE_CRM_CONSUMER_URL: link.crm.urls.tidegate_consumer,
      TIDEGATE_TEMPORAL_ADDRESS: worker.address,
      TIDEGATE_TEMPORAL_NAMESPACE: worker.namespace,
      TIDEGATE_TASK_QUEUE: worker.taskQueue,
    },
    ...args,
  );
async function json<T>(...args: readonly string[]): Promise<{ code: number | undefined; said: T }> {
  const { code, stdout, stderr } = await command(...args, '--json');
  return { code, said: JSON.parse(stdout === '' ? stderr : stdout) as T };
}
const order = async () => {
  const { requestId } = await tidegate().orderReverse({ link: link.name, by: 'anna' });
  const state = async () => (await crm<{ state: string }>('SELECT state FROM tidegate.sync_request WHERE id = $1', [requestId]))[0]?.state ?? '';
  await until(async () => expect(['done', 'failed']).toContain(await state()));
  return state();
};
const lastRun = async () =>
  (
    await crm<{ id: string; applied: number; unchanged: number; conflicted: number; quarantined: number }>(
      `SELECT id, applied, unchanged, conflicted, quarantined FROM tidegate.run WHERE direction = 'reverse' AND trigger = 'user' ORDER BY started_at DESC LIMIT 1`,
    )
  )[0];
const count = async (of: typeof crm, table: string) => (await of<{ n: number }>(`SELECT count(*) AS n FROM ${table}`))[0]?.n;
interface Waiting {
  readonly approvals: readonly {
    id: number;
    kind: string;
    collection: string;
    state: string;
    deletes: number;
    decidedBy: string | null;
    decidedReason: string;
  }[];
}
const approvals = async (...more: readonly string[]) => (await json<Waiting>('approvals', ...more)).said.approvals;
const attribute = async (approval: number) =>
  (await worker.client.workflow.getHandle(approvalRunId(link.name, approval)).describe()).searchAttributes?.['TidegateOutcome'];

describe('tidegate plan', () => {
  it('forward: says what would go, in words and as JSON, and changes nothing', async () => {
    expect((await command('pause', '--reason', 'to plan')).code).toBe(0);
    await until(async () => expect(await crm('SELECT state FROM tidegate.link')).toEqual([{ state: 'paused' }]));
    await crm(`UPDATE crm.contacts SET job_title = 'Chair' WHERE family_name = 'Family 1'`);
    await crm(`DELETE FROM crm.contacts WHERE family_name = 'Family 8'`);
    const { code, stdout } = await command('plan', 'forward');
    expect(code).toBe(0);
    expect(stdout).toMatch(/contacts +0 +1 +1 +0/);
    expect(stdout).toMatch(/update +jobTitle +Chair/);
    expect(stdout).toContain('Nothing was changed.');
    const { said } = await json<{ collections: object[]; differences: object[] }>('plan', 'forward', '--collection', 'contacts', '--sample', '1');
    expect(said.collections).toMatchObject([{ collection: 'contacts', insert: 0, update: 1, delete: 1, waits: null }]);
    expect(said.differences).toHaveLength(1);
    expect(await count(cloud, 'cloud.people')).toBe(8);
    expect((await command('resume')).code).toBe(0);
    await until(async () => expect(await count(cloud, 'cloud.people')).toBe(7));
  }, 60_000);

  it('reverse: foresees what a constraint of the CRM refuses, and the run then does what the plan said', async () => {
    await cloud(`UPDATE cloud.people SET notes = 'quiet' WHERE last_name IN ('Family 1', 'Family 2')`);
    await cloud(`UPDATE cloud.people SET notes = 'LOUD' WHERE last_name = 'Family 3'`);
    const { code, stdout } = await command('plan', 'reverse', '--collection', 'contacts');
    expect(code).toBe(0);
    expect(stdout).toMatch(/contacts +0 +2 +0 +0 +0 +1/);
    expect(stdout).toMatch(/quarantined +note +constraint-violated/);
    expect(await crm('SELECT count(*) AS n FROM crm.contacts WHERE note IS NOT NULL')).toEqual([{ n: 0 }]);
    expect(await order()).toBe('done');
    expect(await lastRun()).toMatchObject({ applied: 2, unchanged: 0, conflicted: 0, quarantined: 1 });
  }, 60_000);

  it.each([
    [['plan', 'sideways'], 'bad-request'],
    [['plan', 'forward', '--sample', '501'], 'bad-request'],
    [['plan', 'forward', '--collection', 'nothing'], 'collection-unknown'],
  ])('%j is wrong use', async (args, code) => {
    const before = await count(crm, 'tidegate.plan');
    expect(await json(...args)).toMatchObject({ said: { error: { code } } });
    expect(await count(crm, 'tidegate.plan')).toBe(before);
  });
});

describe('tidegate undo', () => {
  it('lists what was edited since and does nothing; with --except-edited it puts the others back, and says so', async () => {
    const run = (await lastRun())?.id ?? '';
    await crm(`UPDATE crm.contacts SET note = 'mine' WHERE family_name = 'Family 2'`);
    const [edited] = await crm<{ id: string }>(`SELECT id FROM crm.contacts WHERE family_name = 'Family 2'`);
    const refused = await command('undo', run, '--reason', 'wrong list');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('[undo-refused]');
    expect(refused.stderr).toMatch(new RegExp(`contacts +${edited?.id} +edited-since`));
    expect(await crm(`SELECT note FROM crm.contacts WHERE family_name = 'Family 1'`)).toEqual([{ note: 'quiet' }]);
    const done = await command('undo', run, '--except-edited', '--reason', 'wrong list');
    expect(done).toMatchObject({ code: 0 });
    expect(done.stdout).toContain('It is in the CRM.');
    expect(done.stdout).toContain(`Left alone: contacts ${edited?.id} (edited-since)`);
    expect(await crm(`SELECT note FROM crm.contacts WHERE family_name IN ('Family 1', 'Family 2') ORDER BY family_name`)).toEqual([
      { note: null },
      { note: 'mine' },
    ]);
    await until(async () =>
      expect(await cloud(`SELECT notes FROM cloud.people WHERE last_name IN ('Family 1', 'Family 2') ORDER BY last_name`)).toEqual([
        { notes: null },
        { notes: 'mine' },
      ]),
    );
    expect(await json('undo', run, '--reason', 'once more')).toMatchObject({ code: 1, said: { error: { code: 'undo-refused' } } });
  }, 60_000);

  it('refuses a forward run, a run that nobody knows, and an undo without a reason', async () => {
    const [forward] = await crm<{ id: string }>(`SELECT id FROM tidegate.run WHERE direction = 'forward' LIMIT 1`);
    expect(await json('undo', forward?.id ?? '', '--reason', 'r')).toMatchObject({ code: 1, said: { error: { code: 'undo-forward' } } });
    expect(await json('undo', 'no-such-run', '--reason', 'r')).toMatchObject({ code: 1, said: { error: { code: 'record-not-found' } } });
    expect(await command('undo', forward?.id ?? '')).toMatchObject({ code: 2, stderr: expect.stringContaining('--reason') });
  });
});

describe('what waits for approval', () => {
  it('asks nobody where the configuration says so: it is refused at once, and may be approved all the same', async () => {
    await cloud(`DELETE FROM cloud.people WHERE last_name IN ('Family 5', 'Family 6')`);
    const before = await count(crm, 'crm.contacts');
    expect(await order()).toBe('failed');
    expect(await approvals()).toEqual([]);
    const [refused] = await approvals('--all');
    expect(refused).toMatchObject({ kind: 'breach', collection: 'contacts', state: 'rejected', deletes: 2, decidedBy: 'tidegate' });
    expect(refused?.decidedReason).toContain('asks nobody');
    expect(await count(crm, 'crm.contacts')).toBe(before);
    await until(async () => expect(await count(crm, 'tidegate.held_row')).toBe(0));
    expect((await command('approve', String(refused?.id), '--reason', 'they left')).stdout).toContain('contacts, reverse: goes on, once');
    await until(async () => expect(await count(crm, 'crm.contacts')).toBe((before ?? 0) - 2));
  }, 60_000);

  it('counts as not approved when its time is over: both stores stay as they are, and what was set down is destroyed', async () => {
    await cloud(`DELETE FROM cloud.todos WHERE title = 'Task 1'`);
    expect(await order()).toBe('failed');
    const [waiting] = await approvals();
    expect(waiting).toMatchObject({ kind: 'breach', collection: 'tasks', deletes: 1, state: 'waiting' });
    const id = waiting?.id ?? 0;
    expect(await count(crm, 'tidegate.held_row')).toBe(1);
    await until(async () => expect(await attribute(id)).toEqual(['waiting']));
    // Days pass.
    await crm(`UPDATE tidegate.approval SET expires_at = now() - interval '1 second' WHERE id = $1`, [id]);
    await worker.client.workflow.getHandle(approvalRunId(link.name, id)).signal('look');
    await until(async () => expect(await attribute(id)).toEqual(['refused']));
    expect(await approvals()).toEqual([]);
    expect((await approvals('--all'))[0]).toMatchObject({ id, state: 'expired' });
    expect([await count(crm, 'tidegate.held_row'), await count(crm, 'crm.tasks'), await count(cloud, 'cloud.todos')]).toEqual([0, 3, 2]);
    expect(await json('approve', String(id), '--reason', 'too late')).toMatchObject({ code: 1, said: { error: { code: 'already-decided' } } });
    // Whoever looks at the link anew is asked again.
    expect((await command('resume')).code).toBe(0);
    expect(await order()).toBe('failed');
    const [again] = await approvals();
    expect((await command('approve', String(again?.id), '--reason', 'it is done')).code).toBe(0);
    await until(async () => expect(await count(crm, 'crm.tasks')).toBe(2));
  }, 60_000);

  it('a TRUNCATE at the cloud waits whatever the budget; rejected the CRM keeps its records, approved they go', async () => {
    // Where the owner of the capture may read the whole table, it logs what goes.
    await captureTodosAs('CURRENT_USER');
    await cloud('TRUNCATE cloud.todos');
    expect(await order()).toBe('failed');
    const [waiting] = await approvals();
    expect(waiting).toMatchObject({ kind: 'truncate', collection: 'tasks', deletes: 2 });
    expect((await command('reject', String(waiting?.id), '--reason', 'an accident')).stdout).toContain('nothing was changed');
    expect(await count(crm, 'crm.tasks')).toBe(2);
    expect((await command('approve', String(waiting?.id), '--reason', 'it was meant')).code).toBe(0);
    await until(async () => expect(await count(crm, 'crm.tasks')).toBe(0));
  }, 60_000);

  it('a TRUNCATE of which the cloud does not know what went has nothing to approve: the CRM keeps its records, says why, and others come in', async () => {
    await captureTodosAs('tidegate_registrar');
    await crm(`INSERT INTO crm.tasks (subject) SELECT 'Kept ' || n FROM generate_series(1, 3) n`);
    await until(async () => expect(await count(cloud, 'cloud.todos')).toBe(3));
    await cloud('TRUNCATE cloud.todos');
    expect(await order()).toBe('failed');
    expect(await lastCode()).toBe('truncate-needs-approval');
    expect(await approvals()).toEqual([]);
    expect(await crm(`SELECT state FROM tidegate.channel WHERE collection = 'tasks' AND direction = 'reverse'`)).toEqual([{ state: 'stopped' }]);
    // It is left out of the orders that follow.
    await cloud(`UPDATE cloud.people SET notes = 'meanwhile' WHERE last_name = 'Family 1'`);
    await order();
    expect(await crm(`SELECT note FROM crm.contacts WHERE family_name = 'Family 1'`)).toEqual([{ note: 'meanwhile' }]);
    expect(await count(crm, 'crm.tasks')).toBe(3);
  }, 60_000);

  it('a load after a reconnection asks where the configuration says so, while others go on; it puts back what was truncated', async () => {
    expect((await command('pause', '--reason', 'the cloud lost its tasks')).code).toBe(0);
    expect((await command('resume', '--reload', '--reason', 'bring them back')).code).toBe(0);
    await until(async () => expect(await approvals()).toMatchObject([{ kind: 'reconnect', collection: 'contacts', state: 'waiting' }]));
    await until(async () => expect(await count(cloud, 'cloud.todos')).toBe(3));
    const loaded = () =>
      crm(`SELECT collection FROM tidegate."window" WHERE direction = 'forward' AND kind = 'load' AND generation = 2 AND state = 'receipted' ORDER BY 1`);
    await until(async () => expect(await loaded()).toEqual([{ collection: 'tasks' }]));
    const [waiting] = await approvals();
    expect((await command('approve', String(waiting?.id), '--reason', 'go')).code).toBe(0);
    await until(async () => expect(await loaded()).toEqual([{ collection: 'contacts' }, { collection: 'tasks' }]));
    await until(async () => expect(await order()).toBe('done'));
    expect(await count(crm, 'crm.tasks')).toBe(3);
  }, 90_000);
});

async function captureTodosAs(role: string): Promise<void> {
  const [source] = await cloud<{ id: number }>(`SELECT id FROM tidegate.source WHERE table_name = 'todos'`);
  await cloud(`ALTER FUNCTION tidegate.capture_${source?.id}() OWNER TO ${role}`);
}
const lastCode = async () =>
  (await crm<{ code: string }>(`SELECT error_code AS code FROM tidegate.run WHERE direction = 'reverse' ORDER BY started_at DESC LIMIT 1`))[0]?.code;

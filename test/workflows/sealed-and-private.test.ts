import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ensureSealKeys, fileKeyWrapper, listSealKeys } from '../../adaptor/auth/sealing/seal-key-file.ts';
import { valueCipher } from '../../adaptor/auth/sealing/value-cipher.ts';
import { controlRows } from '../../adaptor/data/control-rows.ts';
import { createPool } from '../../adaptor/data/pool.ts';
import { applyEdits } from '../../cloud/service-manager/apply-edits.ts';
import { contacts } from '../../configuration/built-in.ts';
import type { CollectionConfigInput } from '../../configuration/collection-config.ts';
import { workerOptions } from '../../workers/crm/worker-options.ts';
import { runProgram } from '../cli/run-program.ts';
import { BY_HAND_ONLY } from '../support/by-hand-only.ts';
import { attemptAs, DENIED } from '../support/attempt.ts';
import { historyText } from '../support/history-text.ts';
import { type TestWorker, startTestWorker } from '../support/temporal-worker.ts';
import { type TestLink, startTestLink } from '../support/test-link.ts';

/* Sealed fields and the privacy gate end to end: real stores, the real producer, Temporal, and the commands. */

const CANARY = 'canary of the note';
const sealed = { ...contacts, fields: { ...contacts.fields, note: { column: 'note', sealed: true } } } as CollectionConfigInput;

let folder: string;
let file: string;
let link: TestLink;
let worker: TestWorker;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sealed-'));
  file = join(folder, 'seal-keys.json');
  await ensureSealKeys(file);
  link = await startTestLink({ collections: [sealed], cipher: valueCipher(fileKeyWrapper(file)) });
  worker = await startTestWorker((client, taskQueue) => workerOptions(link.context(client, taskQueue)));
  const { tenant, environment, link: name } = link.config;
  await writeFile(join(folder, 'config.mjs'), `export default ${JSON.stringify({ links: [{ tenant, environment, link: name, collections: [sealed] }] })}`);
  const { schedules: _, ...identity } = link.config;
  await tidegate().ensureSchedules({ links: [{ ...identity, schedules: BY_HAND_ONLY }] });
  await crm(`INSERT INTO crm.contacts (given_name, note) SELECT 'Given ' || n, $1 || n FROM generate_series(1, 5) n`, [CANARY]);
  await done(await tidegate().requestForward({ link: link.name, by: 'test' }));
  await until(async () => expect(await crm(`SELECT FROM tidegate.channel WHERE state = 'open' AND direction = 'forward'`)).toHaveLength(1));
}, 120_000);
afterAll(async () => {
  const [row] = await crm<{ run: string | null }>('SELECT opened_run AS run FROM tidegate.link');
  await worker?.client.workflow
    .getHandle(row?.run?.split('/').slice(0, -1).join('/') ?? 'none')
    .terminate()
    .catch(() => undefined);
  await link?.tidegate(worker.client, worker.taskQueue).deleteSchedules(link.name);
  await worker?.[Symbol.asyncDispose]();
  await link?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

const crm = <T>(sql: string, values: unknown[] = []) => controlRows<T>(link.crmAdmin, sql, values);
const cloud = <T>(sql: string, values: unknown[] = []) => controlRows<T>(link.cloudAdmin, sql, values);
const until = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 45_000, interval: 50 });
const tidegate = () => link.tidegate(worker.client, worker.taskQueue);
const done = ({ requestId }: { requestId: string }) =>
  until(async () => expect(await crm('SELECT state FROM tidegate.sync_request WHERE id = $1', [requestId])).toEqual([{ state: 'done' }]));
const note = async (name: string) => (await cloud<{ notes: string | null }>('SELECT notes FROM cloud.people WHERE first_name = $1', [name]))[0]?.notes;
const idOf = async (name: string) => (await crm<{ id: string }>('SELECT id FROM crm.contacts WHERE given_name = $1', [name]))[0]?.id ?? '';

async function command(...args: string[]) {
  const { code, stdout, stderr } = await runProgram(
    {
      TIDEGATE_HOME: join(folder, 'nowhere'),
      TIDEGATE_CONFIG: join(folder, 'config.mjs'),
      TIDEGATE_CRM_CONSUMER_URL: link.crm.urls.tidegate_consumer,
      TIDEGATE_TEMPORAL_ADDRESS: worker.address,
      TIDEGATE_TEMPORAL_NAMESPACE: worker.namespace,
      TIDEGATE_TASK_QUEUE: worker.taskQueue,
      TIDEGATE_SEAL_KEYS: file,
    },
    ...args,
    '--json',
  );
  return { code, said: JSON.parse(stdout === '' ? stderr : stdout) as Record<string, unknown> };
}

describe('a sealed field', () => {
  it('leaves as ciphertext, in loads and in windows', async () => {
    expect(await cloud(`SELECT FROM cloud.people WHERE notes LIKE 'sealed:1:%'`)).toHaveLength(5);
    await crm(`UPDATE crm.contacts SET note = $1 WHERE given_name = 'Given 1'`, [`${CANARY} new`]);
    await until(async () => expect((await note('Given 1'))?.split(':')[3]).toBe('2'));
  });

  it('cannot be written by the cloud’s own users, whatever rights the application gave them', async () => {
    const employees = createPool(link.producer.database.urls.cloud_user, { applicationName: 'test', maxConnections: 1 });
    try {
      const edit = (edits: Parameters<typeof applyEdits>[1]['edits']) => applyEdits(employees, { tenant: 'acme', actor: 'eva', edits });
      const id = await idOf('Given 2');
      await expect(edit([{ collection: 'contacts', key: { id }, set: { note: 'plain' } }])).rejects.toMatchObject({ code: 'field-denied' });
      await expect(edit([{ collection: 'contacts', insert: { id: randomUUID(), note: 'plain' } }])).rejects.toMatchObject({ code: 'field-denied' });
      await edit([{ collection: 'contacts', key: { id }, set: { jobTitle: 'Director' } }]);
    } finally {
      await employees.end();
    }
    const plain = `UPDATE cloud.people SET notes = 'plain'`;
    expect(await attemptAs(link.producer.database.urls.tidegate_producer, plain, { settings: { 'tidegate.tenant': 'acme' } })).toEqual(DENIED);
    await done(await tidegate().orderReverse({ link: link.name, by: 'test' }));
    expect(await crm(`SELECT job_title AS title, note FROM crm.contacts WHERE given_name = 'Given 2'`)).toEqual([{ title: 'Director', note: `${CANARY}2` }]);
  });

  it('is refused where another record’s stands in it, its neighbours come in, and the copy is put right', async () => {
    const right = await note('Given 3');
    await cloud(
      `UPDATE cloud.people SET notes = (SELECT notes FROM cloud.people WHERE first_name = 'Given 4'), title = 'swapped' WHERE first_name = 'Given 3'`,
    );
    await cloud(`UPDATE cloud.people SET title = 'neighbour' WHERE first_name = 'Given 4'`);
    await done(await tidegate().orderReverse({ link: link.name, by: 'test' }));
    expect(await crm(`SELECT code, field FROM tidegate.quarantine WHERE direction = 'reverse'`)).toEqual([{ code: 'sealed-value-refused', field: 'note' }]);
    expect(await crm(`SELECT given_name AS name, job_title AS title FROM crm.contacts WHERE job_title IN ('swapped', 'neighbour')`)).toEqual([
      { name: 'Given 4', title: 'neighbour' },
    ]);
    await until(async () => expect(await note('Given 3')).toBe(right));
  });

  it('is shown by a plan as a run would take it, and stays what it is', async () => {
    await cloud(`UPDATE cloud.people SET title = 'planned' WHERE first_name = 'Given 1'`);
    await cloud(
      `UPDATE cloud.people SET notes = (SELECT notes FROM cloud.people WHERE first_name = 'Given 4'), title = 'swapped' WHERE first_name = 'Given 5'`,
    );
    const { planId } = await tidegate().plan({ link: link.name, direction: 'reverse', collections: ['contacts'], sample: 5, requestedBy: 'test' });
    await tidegate().awaitPlan(planId);
    const [plan] = await crm<{ result: object[] }>('SELECT result FROM tidegate.plan WHERE id = $1', [planId]);
    expect(plan?.result).toMatchObject([{ collection: 'contacts', code: null, update: 1, quarantined: 1 }]);
    expect(await crm(`SELECT outcome, field, after, code FROM tidegate.plan_difference WHERE plan_id = $1 ORDER BY outcome DESC`, [planId])).toEqual([
      { outcome: 'update', field: 'jobTitle', after: 'planned', code: null },
      { outcome: 'quarantined', field: 'note', after: null, code: 'sealed-value-refused' },
    ]);
    await done(await tidegate().orderReverse({ link: link.name, by: 'test' }));
    expect(await crm(`SELECT job_title AS title FROM crm.contacts WHERE given_name IN ('Given 1', 'Given 5') ORDER BY given_name`)).toEqual([
      { title: 'planned' },
      { title: null },
    ]);
  });

  it('is rotated by a command, to the end', async () => {
    const [before] = await listSealKeys(file);
    expect(await command('seal', 'retire', before?.keyId ?? '')).toMatchObject({ code: 1, said: { error: { code: 'sealed-key-in-use' } } });
    const { said } = await command('seal', 'rotate', '--reason', 'it was time');
    expect(said).toMatchObject({ records: 5 });
    await until(async () => expect((await command('seal', 'retire', before?.keyId ?? '')).code).toBe(0));
    expect(await cloud(`SELECT DISTINCT split_part(notes, ':', 3) AS key FROM cloud.people`)).toEqual([{ key: said['keyId'] }]);
    expect((await command('seal', 'status')).said).toMatchObject({
      keys: [{ current: true }],
      values: [{ collection: 'contacts', atCloud: 5, underWay: 0 }],
      waiting: 0,
    });
  }, 60_000);
});

describe('the privacy gate', () => {
  it('retracts the copy of a record that becomes private', async () => {
    await crm(`UPDATE crm.contacts SET private = true WHERE given_name = 'Given 5'`);
    await until(async () => expect(await note('Given 5')).toBeUndefined());
    // Proved by the cloud's receipt.
    const receipted = `SELECT FROM tidegate."window" WHERE direction = 'forward' AND tombstones = 1 AND state = 'receipted'`;
    await until(async () => expect(await crm(receipted)).toHaveLength(1));
  });
});

it('no plaintext is anywhere at the cloud, nor in a workflow’s history', async () => {
  const tables = await cloud<{ name: string }>(
    `SELECT oid::regclass::text AS name FROM pg_class WHERE relnamespace IN ('tidegate'::regnamespace, 'cloud'::regnamespace, 'records'::regnamespace) AND relkind = 'r'`,
  );
  for (const { name } of tables) expect(await cloud(`SELECT FROM ${name} x WHERE x::text LIKE '%canary%' LIMIT 1`)).toEqual([]);
  for await (const { workflowId, runId } of worker.client.workflow.list({ query: `TidegateLink = '${link.name}'` }))
    expect(historyText(await worker.client.workflow.getHandle(workflowId, runId).fetchHistory())).not.toContain('canary');
});

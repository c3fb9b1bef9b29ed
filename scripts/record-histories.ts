import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import proto from '@temporalio/proto';
import { postgresLinkStore } from '../adaptor/data/control/link-store.ts';
import { waitForReconciliation } from '../adaptor/data/control/wait-for-reconciliation.ts';
import { waitForRequest } from '../adaptor/data/control/wait-for-request.ts';
import { createPool } from '../adaptor/data/pool.ts';
import { sideEnvironment } from '../configuration/home.ts';
import { cliSettingsSchema } from '../configuration/settings/command-line.ts';
import { readSettings } from '../configuration/settings/read-settings.ts';
import { connectTemporal } from '../scheduler/connection.ts';
import { approvalRunId, pruneScheduleId } from '../scheduler/ids.ts';
import { TidegateClient } from '../scheduler/tidegate-client.ts';

/*
 * Records histories of real runs into test/histories/, which test/workflows/replay.test.ts replays against today's code:
 *
 *   node scripts/record-histories.ts [name of the recording, default today's date]
 *
 * Starts the whole stack in a folder of its own with a short pump, acts as people do, and writes down every run. Run it
 * before workflow code changes are released, and keep the recordings of every release that may still have runs.
 */

/** Runs of one type that are kept, the newest first. */
const MAX_RUNS = 6;

const root = fileURLToPath(new URL('..', import.meta.url));
const recording = process.argv[2] ?? new Date().toISOString().slice(0, 10);
const folder = join(root, 'test', 'histories', recording);
const home = mkdtempSync(join(tmpdir(), 'tidegate-record-'));
const configFile = join(home, 'tidegate.config.ts');
const link = 'acme/development/hub';
writeFileSync(
  configFile,
  `import config from '${root}tidegate.config.ts';
export default { links: config.links.map((link) => ({ ...link, pump: { ...link.pump, maxDurationMs: 4000 },
  collections: link.collections.map((collection) => (collection.name === 'tasks' ? { ...collection, deleteBudget: { reverse: 0 } } : collection)) })) };\n`,
);
// Recordings outlive every key: they are plain.
const { TIDEGATE_CODEC_KEYS: _codec, ...inherited } = process.env;
const environment = { ...inherited, TIDEGATE_HOME: join(home, 'stack'), TIDEGATE_CONFIG: configFile };
const stack = spawn(process.execPath, [join(root, 'workers', 'stack.ts')], { env: environment, cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
const ended = once(stack, 'exit');

try {
  await untilStackRuns();
  await record();
} finally {
  stack.kill('SIGTERM');
  await ended;
  rmSync(home, { recursive: true, force: true });
}

async function untilStackRuns(): Promise<void> {
  for (let waited = 0; !existsSync(join(home, 'stack', 'stack.json')); waited += 250) {
    if (waited > 180_000 || stack.exitCode !== null) throw new Error('The stack did not start.');
    await sleep(250);
  }
}

async function record(): Promise<void> {
  const settings = readSettings(cliSettingsSchema, sideEnvironment('crm', environment));
  const pool = createPool(settings.TIDEGATE_CRM_CONSUMER_URL, { applicationName: 'record histories', maxConnections: 2 });
  await using temporal = await connectTemporal({ address: settings.TIDEGATE_TEMPORAL_ADDRESS, namespace: settings.TIDEGATE_TEMPORAL_NAMESPACE });
  const tidegate = new TidegateClient({ client: temporal.client, store: postgresLinkStore(pool), taskQueue: settings.TIDEGATE_TASK_QUEUE });
  const done = async (request: Promise<{ requestId: string }>): Promise<void> => void (await waitForRequest(pool, (await request).requestId, 120_000));
  const person = 'recorder';
  const reason = 'recorded';

  /** A delete of a task that waits for approval, a forged decision, the approval, and the undo of what came in by it; a plan before. */
  const approveAndUndo = async (): Promise<void> => {
    const [task] = await administer('select id::text from crm.tasks order by id limit 1');
    await cloudEdit('delete', 'tasks', task?.['id'] ?? '');
    const { planId } = await tidegate.plan({ link, direction: 'reverse', collections: [], sample: 5, requestedBy: person });
    await tidegate.awaitPlan(planId);
    await done(tidegate.orderReverse({ link, collections: ['tasks'], by: person })).catch(() => undefined);
    const [waiting] = await administer(`select id::text from tidegate.approval where state = 'waiting'`);
    const approval = Number(waiting?.['id']);
    const handle = temporal.client.workflow.getHandle(approvalRunId(link, approval));
    await handle.executeUpdate('decide', { args: [{ approved: true, by: 'nobody', reason }] }).catch(() => undefined);
    await tidegate.decideBreach({ link, breach: approval, approved: true, by: person, reason });
    await handle.result();
    const [run] = await administer(`select id from tidegate.run where trigger = 'approval'`);
    const { releaseId: undone } = await tidegate.undo({ link, run: run?.['id'] ?? '', exceptEdited: false, requestedBy: person, reason });
    await tidegate.awaitRelease(undone);
  };

  await done(tidegate.requestForward({ link, by: person }));
  await cloudEdit('add', 'tasks', 'subject=Recorded');
  await done(tidegate.orderReverse({ link, by: person }));
  await done(tidegate.orderReverse({ link, collections: ['tasks'], by: person }));
  await tidegate.pause(link, { reason: 'a pause that is recorded', by: person });
  await sleep(3000);
  await tidegate.resume(link, { by: person });
  await done(tidegate.requestForward({ link, by: person }));
  await temporal.client.schedule.getHandle(`forward/${link}`).trigger();
  await temporal.client.schedule.getHandle(pruneScheduleId(settings.TIDEGATE_TASK_QUEUE)).trigger();
  await pullWhileTasksLoad(done(tidegate.orderReverse({ link, collections: ['contacts', 'tasks'], by: person })));
  await administer(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'tidegate consumer'`);
  await done(tidegate.requestForward({ link, by: person }));
  const conflict = await editBothSides(() => done(tidegate.orderReverse({ link, collections: ['contacts'], by: person })));
  const { releaseId } = await tidegate.release({ link, act: 'restore', subject: conflict, values: null, requestedBy: person, reason: 'recorded' });
  await tidegate.awaitRelease(releaseId);
  await administer(
    `begin; set local session_replication_role = replica; update crm.contacts set note = 'altered by hand' where id = (select min(id::text)::uuid from crm.contacts where not private); commit`,
  );
  const { requestId } = await tidegate.reconcile({ link, collections: ['contacts', 'tasks'], repair: true, by: person });
  await waitForReconciliation(pool, link, requestId, 120_000);
  await temporal.client.schedule.getHandle(`reconcile/${link}`).trigger();
  const [erased] = await administer(`insert into crm.contacts (given_name, family_name) values ('To be', 'Erased') returning id::text`);
  await done(tidegate.requestForward({ link, by: person }));
  const key = [erased?.['id'] ?? ''];
  await tidegate.awaitErasure(await tidegate.erase({ link, collection: 'contacts', key, requestedBy: person, reason: 'recorded' }));
  await approveAndUndo();
  await temporal.client.workflow.start('reverseSync', { workflowId: 'started-by-hand', taskQueue: settings.TIDEGATE_TASK_QUEUE });
  await sleep(15_000);
  await pool.end();

  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const counts = new Map<string, number>();
  for await (const { type, workflowId, runId } of temporal.client.workflow.list()) {
    const number = (counts.get(type) ?? 0) + 1;
    counts.set(type, number);
    if (number > MAX_RUNS) continue;
    const history = await temporal.client.workflow.getHandle(workflowId, runId).fetchHistory();
    writeFileSync(join(folder, `${type}-${number}.json`), withoutThisMachine(JSON.stringify(proto.temporal.api.history.v1.History.fromObject(history))));
  }
  process.stdout.write(`${[...counts].map(([type, count]) => `${type}: ${count} run(s)`).join('\n')}\nWritten to test/histories/${recording}\n`);
}

/** Contacts are open, tasks look as if their load went on for a while. */
async function pullWhileTasksLoad(pull: Promise<void>): Promise<void> {
  const put = (state: string) => administer(`update tidegate.channel set state = '${state}' where collection = 'tasks' and direction = 'forward'`);
  await put('loading');
  await sleep(4000);
  await put('open');
  await pull;
}

/** A field of a contact that both sides change before it is pulled. Gives the number of the conflict. */
async function editBothSides(pull: () => Promise<void>): Promise<number> {
  const [contact] = await administer(`select id::text from crm.contacts where not private order by id limit 1`);
  await cloudEdit('set', 'contacts', contact?.['id'] ?? '', 'jobTitle=Changed in the cloud');
  await administer(`update crm.contacts set job_title = 'Changed in the CRM' where id = '${contact?.['id']}'`);
  await pull();
  const [conflict] = await administer(`select id::text from tidegate.conflict order by id desc limit 1`);
  return Number(conflict?.['id']);
}

/** One statement in the CRM's store, as its administrator. */
async function administer(sql: string): Promise<readonly Readonly<Record<string, string>>[]> {
  const { crm } = JSON.parse(readFileSync(join(home, 'stack', 'stack.json'), 'utf8')) as { crm: { databaseUrl: string } };
  const admin = createPool(crm.databaseUrl, { applicationName: 'record histories', maxConnections: 1 });
  const { rows } = await admin.query<Record<string, string>>(sql).finally(() => admin.end());
  return rows;
}

/** A recording names no machine, no folder and no worker of it, and holds no signed message: replaying needs none of these. */
function withoutThisMachine(history: string): string {
  const told = JSON.parse(history, (name, value: unknown) => {
    if (name === 'identity') return 'recorded';
    if (name === 'stackTrace') return '';
    return name === 'data' && typeof value === 'string' ? withoutSignatures(value) : value;
  }) as unknown;
  return `${JSON.stringify(told).replaceAll(root, '').replaceAll(home, '').replaceAll(hostname(), 'recorded')}\n`;
}

/** The payload of an argument or a result (base64), with every JWS in it taken out. */
function withoutSignatures(data: string): string {
  const text = Buffer.from(data, 'base64').toString('utf8');
  return Buffer.from(text.replaceAll(/eyJ[\w-]+\.[\w-]+\.[\w-]+/g, 'jws')).toString('base64');
}

async function cloudEdit(...args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [join(root, 'workers', 'cloud-edit.ts'), ...args], {
    env: environment,
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`The cloud edit failed (${String(code)}).`);
}

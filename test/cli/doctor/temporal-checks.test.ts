import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addCodecKey, ensureCodecKeys } from '../../../adaptor/auth/codec/codec-key-file.ts';
import { openCodec } from '../../../adaptor/auth/codec/payload-codec.ts';
import { codec } from '../../../cli/doctor/checks/codec.ts';
import { schedules } from '../../../cli/doctor/checks/schedules.ts';
import { temporal } from '../../../cli/doctor/checks/temporal.ts';
import { worker } from '../../../cli/doctor/checks/worker.ts';
import { type TemporalClient, connectTemporal } from '../../../scheduler/connection.ts';
import { forwardScheduleId, pruneScheduleId, reconcileScheduleId, reverseScheduleId } from '../../../scheduler/ids.ts';
import { deleteSchedules, ensurePruneSchedule, ensureSchedules } from '../../../scheduler/schedules.ts';
import { type Patient, createPatient } from './doctor-fixture.ts';

/* Checks of the Temporal server and of what it runs. */

const FIVE_MINUTES_MS = 300_000;
const DAY_MS = 86_400_000;
let patient: Patient;
let server: TemporalClient;
const address = () => patient.environment.crm['TIDEGATE_TEMPORAL_ADDRESS'] ?? '';
beforeAll(async () => {
  patient = await createPatient();
  server = await connectTemporal({
    address: address(),
    namespace: patient.environment.crm['TIDEGATE_TEMPORAL_NAMESPACE'] ?? '',
  });
});
afterAll(async () => {
  await deleteSchedules(server.client, patient.name);
  await server.client.schedule.getHandle(pruneScheduleId(patient.taskQueue)).delete();
  await server.close();
  await patient[Symbol.asyncDispose]();
});

describe('temporal', () => {
  it('is reached, with its namespace and the search attributes', async () => {
    expect(await patient.complaints(temporal)).toEqual([]);
    expect(await patient.complaints(temporal, { variables: { TIDEGATE_TEMPORAL_ADDRESS: '127.0.0.1:1' } })).toEqual([
      'fault 127.0.0.1:1: the Temporal server does not answer',
    ]);
    expect(await patient.complaints(temporal, { variables: { TIDEGATE_TEMPORAL_NAMESPACE: 'nowhere' } })).toEqual([
      'fault nowhere: the namespace is not there',
    ]);
  });

  it('lacks what was never registered at its namespace', async () => {
    const namespace = `bare-${patient.link.link}`;
    await server.client.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: { seconds: 86_400 as never } });
    let told: readonly string[] = [];
    // A new namespace is known to all of the server after some seconds.
    for (let tries = 0; tries < 100 && told.length < 8; tries++) {
      told = await patient.complaints(temporal, { variables: { TIDEGATE_TEMPORAL_NAMESPACE: namespace } });
      if (told.length < 8) await new Promise((resolve) => setTimeout(resolve, 200));
    }
    expect(told).toContain('fault TidegateLink: the search attribute is missing');
    expect(told).toHaveLength(8);
  });
});

describe('schedules', () => {
  const ids = () => [forwardScheduleId(patient.name), reverseScheduleId(patient.name), reconcileScheduleId(patient.name)] as const;
  const pruning = () => pruneScheduleId(patient.taskQueue);
  const look = (nowMs?: () => number) => patient.complaints(schedules, nowMs === undefined ? {} : { nowMs });
  const make = (forwardEveryMs = FIVE_MINUTES_MS, taskQueue = patient.taskQueue) =>
    ensureSchedules(server.client, taskQueue, {
      ...patient.link,
      schedules: { forwardEveryMs, reverseEveryMs: FIVE_MINUTES_MS },
      reconciliation: { scheduled: true, everyMs: DAY_MS },
    });

  it('are there for every link, as configured', async () => {
    expect(await look()).toEqual([pruning(), ...ids()].map((id) => `fault ${id}: there is no such Schedule: nothing starts it periodically`));
    await make();
    await ensurePruneSchedule(server.client, patient.taskQueue, 60_000);
    expect(await look()).toEqual([`fault ${pruning()}: it fires every 60 s, and should every 3600 s`]);
    await ensurePruneSchedule(server.client, patient.taskQueue, 3_600_000);
    expect(await look()).toEqual([]);
    await make(60_000);
    expect(await look()).toEqual([`fault ${ids()[0]}: it fires every 60 s, and should every 300 s`]);
    await make(FIVE_MINUTES_MS, 'elsewhere');
    expect(await look()).toEqual(ids().map((id) => `fault ${id}: it starts its workflow on elsewhere, not on ${patient.taskQueue}`));
    await make();
  });

  it('are not paused', async () => {
    await server.client.schedule.getHandle(ids()[1]).pause('holiday');
    expect(await look()).toEqual([`fault ${ids()[1]}: it is paused (holiday)`]);
    await server.client.schedule.getHandle(ids()[1]).unpause();
    expect(await look()).toEqual([]);
  });

  it('really fire: one that was due and did not is told of', async () => {
    // As of an hour from now nothing has fired for an hour; a Schedule that has just fired is well.
    const told = await look(() => Date.now() + 3_600_000);
    expect(told).toEqual(
      ids()
        .slice(0, 2)
        .map((id) => expect.stringMatching(new RegExp(`^fault ${id}: it has not fired for 3[56]\\d\\d s, and should every 300 s`))),
    );
  });
});

describe('codec', () => {
  it('has its file, for its owner only, and every key that Schedules are under; where it is off, none is', async () => {
    const [file, other] = ['codec-keys.json', 'other-codec-keys.json'].map((name) => join(patient.folder, name)) as [string, string];
    const look = (named?: string) => patient.complaints(codec, { variables: { TIDEGATE_CODEC_KEYS: named } });
    expect(await look()).toEqual([]);
    await Promise.all([ensureCodecKeys(file), ensureCodecKeys(other)]);
    expect(await look(other)).toEqual([]);
    const keyId = await addCodecKey(file, { current: true });
    await using encoding = await connectTemporal({ address: address(), namespace: server.namespace, codec: await openCodec(file) });
    await ensurePruneSchedule(encoding.client, patient.taskQueue, 3_600_000);
    expect(await look(file)).toEqual([]);
    const missing = `fault ${keyId}: Schedules are encoded under it, and it is not here`;
    expect([await look(), await look(other)]).toEqual([[missing], [missing]]);
    chmodSync(file, 0o644);
    expect(await look(file)).toEqual([expect.stringContaining(`fault ${file}: `)]);
    expect(await look(join(patient.folder, 'none.json'))).toEqual([expect.stringContaining('none.json: ')]);
  });
});

describe('worker', () => {
  it('is missed where nobody asks for tasks, and where a link has no chain', async () => {
    expect(await patient.complaints(worker)).toEqual([
      `fault ${patient.taskQueue} (workflows): no worker asks for tasks`,
      `fault ${patient.taskQueue} (activities): no worker asks for tasks`,
      `fault ${patient.name}: no forward chain runs`,
    ]);
  });

  it('is not missed on a link that is paused: links tells of that', async () => {
    const { tenant, environment, link } = patient.link;
    await patient.crmAdmin.query(`insert into tidegate.link (name, tenant, environment, link, state) values ($1, $2, $3, $4, 'paused')`, [
      patient.name,
      tenant,
      environment,
      link,
    ]);
    expect((await patient.complaints(worker)).filter((told) => told.includes(patient.name))).toEqual([]);
  });
});

import { randomUUID } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NativeConnection, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSettings } from '../../configuration/settings/read-settings.ts';
import { temporalSettingsSchema } from '../../configuration/settings/temporal.ts';
import { temporalPlace } from '../../configuration/temporal-place.ts';
import { type TemporalClient, connectTemporal, connectionOptions } from '../../scheduler/connection.ts';
import { type Gateway, startDenyingGateway } from '../support/denying-gateway.ts';
import { codeOf } from '../support/code-of.ts';
import { type TestTemporal, testTemporal } from '../support/temporal.ts';
import { type TestAuthority, createTestAuthority } from '../support/test-pki.ts';

/*
 * Temporal as it should stand in production: behind mutual TLS and an authoriser. The development server has neither, so
 * both stand before it, and everything that passes reaches a real server. The product is told of it by its settings.
 */

const API_KEY = `key-${randomUUID()}`;
/** What the third party's credential may not do, as an authoriser of the company has it. */
const DENIED = [
  'StartWorkflow',
  'Signal',
  'Reset',
  'Terminate',
  'CreateSchedule',
  'PatchSchedule',
  'UpdateSchedule',
  'DeleteSchedule',
  'PollActivity',
  'PollWorkflow',
];

let folder: string;
let server: TestTemporal;
let authority: TestAuthority;
let companys: Gateway;
let others: Gateway;
let client: Record<'certificate' | 'key', string>;

const write = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  chmodSync(path, 0o600);
  return path;
};
const filesOf = (name: string, { certificate, key }: { certificate: string; key: string }) => ({
  certificate: write(`${name}.pem`, certificate),
  key: write(`${name}.key`, key),
});

/** The place as the product's settings name it. */
const placeAt = (gateway: Gateway, changed: Readonly<Record<string, string | undefined>> = {}) =>
  temporalPlace(
    readSettings(temporalSettingsSchema, {
      TIDEGATE_TEMPORAL_ADDRESS: gateway.address,
      TIDEGATE_TEMPORAL_NAMESPACE: server.namespace,
      TIDEGATE_TEMPORAL_TLS_CA: join(folder, 'ca.pem'),
      TIDEGATE_TEMPORAL_TLS_CERTIFICATE: client.certificate,
      TIDEGATE_TEMPORAL_TLS_KEY: client.key,
      TIDEGATE_TEMPORAL_TLS_SERVER_NAME: 'localhost',
      TIDEGATE_TEMPORAL_API_KEY: API_KEY,
      ...changed,
    }),
  );

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidegate-authoriser-'));
  server = await testTemporal();
  authority = await createTestAuthority();
  write('ca.pem', authority.certificatePem);
  client = filesOf('client', await authority.client());
  companys = await startDenyingGateway(server.address, [], { tls: await authority.server(), apiKey: API_KEY });
  others = await startDenyingGateway(server.address, DENIED, { tls: await authority.server() });
}, 60_000);
afterAll(async () => {
  await companys?.[Symbol.asyncDispose]();
  await others?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

describe('the company’s processes', () => {
  it('start and do a run over mutual TLS with an API key: client and worker', async () => {
    const place = await placeAt(companys);
    await using temporal = await connectTemporal(place);
    const connection = await NativeConnection.connect(connectionOptions(place));
    const taskQueue = `tls-${randomUUID()}`;
    const workflowsPath = fileURLToPath(new URL('./intruder-workflow.ts', import.meta.url));
    const activities = { answer: async (input: number) => input + 1 };
    const worker = await Worker.create({ connection, namespace: place.namespace, taskQueue, workflowsPath, activities });
    const args = [{ taskQueue, activity: 'answer', input: 41 }];
    expect(await worker.runUntil(temporal.client.workflow.execute('intrude', { workflowId: randomUUID(), taskQueue, args }))).toBe(42);
    await connection.close();
  }, 60_000);

  it.each([
    ['no client certificate', { TIDEGATE_TEMPORAL_TLS_CERTIFICATE: undefined, TIDEGATE_TEMPORAL_TLS_KEY: undefined }],
    ['another API key', { TIDEGATE_TEMPORAL_API_KEY: 'another' }],
    ['no API key', { TIDEGATE_TEMPORAL_API_KEY: undefined }],
    ['another name of the server', { TIDEGATE_TEMPORAL_TLS_SERVER_NAME: 'other.example' }],
  ])('do not connect with %s', async (_what, changed) => {
    expect(await codeOf(connectTemporal({ ...(await placeAt(companys, changed)), timeoutMs: 500 }))).toBe('temporal-unavailable');
  });

  it('do not connect with a certificate of another authority, to a server of another authority, or in plain text', async () => {
    const rogue = await createTestAuthority();
    const { certificate, key } = filesOf('rogue', await rogue.client());
    const wrong = { TIDEGATE_TEMPORAL_TLS_CERTIFICATE: certificate, TIDEGATE_TEMPORAL_TLS_KEY: key };
    const { address, namespace } = await placeAt(companys);
    for (const place of [
      await placeAt(companys, wrong),
      await placeAt(companys, { TIDEGATE_TEMPORAL_TLS_CA: write('rogue-ca.pem', rogue.certificatePem) }),
      { address, namespace },
    ])
      expect(await codeOf(connectTemporal({ ...place, timeoutMs: 500 }))).toBe('temporal-unavailable');
  });
});

describe('a credential of the third party', () => {
  let temporal: TemporalClient;
  beforeAll(async () => {
    temporal = await connectTemporal(await placeAt(others, { TIDEGATE_TEMPORAL_API_KEY: undefined }));
  });
  afterAll(() => temporal.close());

  it('is denied to start, signal, reset and terminate runs, and to make, fire, edit and delete Schedules', async () => {
    const run = () => temporal.client.workflow.getHandle('some-run');
    const schedule = () => temporal.client.schedule.getHandle('some-schedule');
    const start = { workflowId: randomUUID(), taskQueue: 'tidegate' };
    const { namespace } = server;
    const acts: Readonly<Record<string, () => Promise<unknown>>> = {
      start: () => temporal.client.workflow.start('reverseSync', start),
      signal: () => run().signal('reverseMessage', {}),
      'signal with start': () => temporal.client.workflow.signalWithStart('reverseSync', { ...start, signal: 'reverseMessage', signalArgs: [{}] }),
      reset: () =>
        temporal.client.workflowService.resetWorkflowExecution({ namespace, workflowExecution: { workflowId: 'some-run' }, requestId: randomUUID() }),
      terminate: () => run().terminate(),
      'fire a Schedule': () => schedule().trigger(),
      'edit a Schedule': () => temporal.client.workflowService.updateSchedule({ namespace, scheduleId: 'some-schedule', requestId: randomUUID() }),
      'delete a Schedule': () => schedule().delete(),
    };
    for (const [act, attempt] of Object.entries(acts)) {
      const answer = await attempt().then(
        () => 'allowed',
        (error: { code?: number; cause?: { code?: number } }) => error.code ?? error.cause?.code ?? String(error),
      );
      // gRPC's PERMISSION_DENIED.
      expect({ act, answer }).toEqual({ act, answer: 7 });
    }
  });
});

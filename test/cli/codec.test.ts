import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openCodec } from '../../adaptor/auth/codec/payload-codec.ts';
import { contacts } from '../../configuration/built-in.ts';
import { type TemporalClient, connectTemporal } from '../../scheduler/connection.ts';
import { deleteSchedules, ensureSchedules } from '../../scheduler/schedules.ts';
import { BY_HAND_ONLY } from '../support/by-hand-only.ts';
import { type MigratedDatabase, createMigratedDatabase } from '../support/migrated-database.ts';
import { testTemporal } from '../support/temporal.ts';
import { runProgram } from './run-program.ts';

interface Key {
  readonly keyId: string;
  readonly current: boolean;
  readonly replacedAt: string | null;
  readonly runs: number;
  readonly schedules: number;
}

const folder = mkdtempSync(join(tmpdir(), 'codec-'));
const file = join(folder, 'crm', 'codec-keys.json');
const identity = { tenant: 'acme', environment: 'test', link: `k-${randomUUID().slice(0, 8)}` };
const taskQueue = `queue '${identity.link}`;
let store: MigratedDatabase<'crm'>;
let environment: Record<string, string | undefined>;
let temporal: TemporalClient;

beforeAll(async () => {
  const place = await testTemporal();
  store = await createMigratedDatabase('crm');
  const config = join(folder, 'tidegate.config.mjs');
  writeFileSync(config, `export default ${JSON.stringify({ links: [{ ...identity, collections: [contacts] }] })};`);
  environment = {
    TIDEGATE_HOME: folder,
    TIDEGATE_CONFIG: config,
    TIDEGATE_TEMPORAL_ADDRESS: place.address,
    TIDEGATE_TEMPORAL_NAMESPACE: place.namespace,
    TIDEGATE_TASK_QUEUE: taskQueue,
    TIDEGATE_CRM_CONSUMER_URL: store.urls.tidegate_consumer,
    TIDEGATE_CODEC_KEYS: file,
  };
});
afterAll(async () => {
  if (temporal !== undefined) {
    await deleteSchedules(temporal.client, `acme/test/${identity.link}`);
    await temporal.close();
  }
  await store.drop();
  rmSync(folder, { recursive: true, force: true });
});

async function codec<T>(...args: readonly string[]): Promise<T> {
  const { code, stdout } = await runProgram(environment, '--json', 'codec', ...args);
  expect({ code, stdout }).toMatchObject({ code: 0 });
  return JSON.parse(stdout) as T;
}

async function refused(...args: readonly string[]): Promise<string> {
  const { code, stdout } = await runProgram(environment, '--json', 'codec', ...args);
  expect(code).not.toBe(0);
  return (JSON.parse(stdout) as { error: { code: string } }).error.code;
}

const keys = async (): Promise<readonly Key[]> => (await codec<{ keys: Key[] }>('status')).keys;
const admin = async (sql: string): Promise<unknown[]> => {
  const client = new Client({ connectionString: store.adminUrl });
  await client.connect();
  return (await client.query(sql).finally(() => client.end())).rows;
};

describe('tidegate codec', () => {
  it('says where its file is to be named, where it is not', async () => {
    const { code, stdout } = await runProgram({ ...environment, TIDEGATE_CODEC_KEYS: undefined }, '--json', 'codec', 'init');
    expect([code, JSON.parse(stdout)]).toMatchObject([2, { error: { code: 'configuration-invalid' } }]);
  });

  it('makes the file once, its owner’s only', async () => {
    expect((await codec<{ keys: Key[] }>('init')).keys).toMatchObject([{ current: true }]);
    const before = readFileSync(file, 'utf8');
    await codec('init');
    expect([readFileSync(file, 'utf8'), statSync(file).mode & 0o777]).toEqual([before, 0o600]);
    expect(await keys()).toMatchObject([{ current: true, replacedAt: null, runs: 0, schedules: 0 }]);
  });

  it('rotates: the new key encodes, the Schedules with it, and the log says who and why', async () => {
    temporal = await connectTemporal({
      address: environment['TIDEGATE_TEMPORAL_ADDRESS'] ?? '',
      namespace: environment['TIDEGATE_TEMPORAL_NAMESPACE'] ?? '',
      codec: await openCodec(file),
    });
    await ensureSchedules(temporal.client, taskQueue, { ...identity, schedules: BY_HAND_ONLY });
    await vi.waitFor(async () => expect(await keys()).toMatchObject([{ schedules: 2 }]), { timeout: 15_000, interval: 100 });
    const { keyId, schedules } = await codec<{ keyId: string; schedules: number }>('rotate', '--reason', 'yearly');
    expect(schedules).toBe(2);
    expect(await keys()).toMatchObject([
      { current: false, schedules: 0 },
      { keyId, current: true, schedules: 2 },
    ]);
    expect(await admin(`select event, subject, facts ->> 'reason' as reason, facts ? 'by' as by from tidegate.audit_event where event like 'codec%'`)).toEqual([
      { event: 'codec-key-activated', subject: keyId, reason: 'yearly', by: true },
    ]);
  });

  it('rotates in two steps, for machines with a file each', async () => {
    const before = (await keys()).find(({ current }) => current)?.keyId;
    const { keyId } = await codec<{ keyId: string }>('rotate', '--reason', 'yearly', '--later');
    expect((await keys()).find(({ current }) => current)?.keyId).toBe(before);
    expect(await codec('activate', keyId, '--reason', 'all have it')).toMatchObject({ current: true, schedules: 2 });
    expect((await keys()).at(-1)).toMatchObject({ keyId, current: true, schedules: 2 });
    expect(await refused('activate', 'codec-none', '--reason', 'none')).toBe('bad-request');
    expect((await runProgram(environment, 'codec', 'status')).stdout).toMatch(new RegExp(`${keyId} +encodes`));
  });

  it('keeps a key for as long as Temporal may hold something under it', async () => {
    const [first] = await keys();
    const handle = await temporal.client.workflow.start('prune', { workflowId: randomUUID(), taskQueue });
    await vi.waitFor(async () => expect((await keys())[0]).toMatchObject({ runs: 1 }), { timeout: 15_000, interval: 100 });
    expect(await refused('retire', first?.keyId ?? '', '--reason', 'old')).toBe('codec-key-in-use');
    expect(await refused('retire', (await keys()).at(-1)?.keyId ?? '', '--reason', 'old')).toBe('bad-request');
    await handle.terminate();
    // Finished runs count as well, until Temporal's retention is over: here, the key was replaced before any of them began.
    expect(await refused('retire', first?.keyId ?? '', '--reason', 'old')).toBe('codec-key-in-use');
    writeFileSync(file, readFileSync(file, 'utf8').replace(String(first?.replacedAt), '2020-01-01T00:00:00.000Z'));
    expect(await codec('retire', first?.keyId ?? '', '--reason', 'old')).toMatchObject({ state: 'retired' });
    expect((await keys()).map(({ keyId }) => keyId)).not.toContain(first?.keyId);
    expect(await refused('retire', first?.keyId ?? '', '--reason', 'again')).toBe('bad-request');
  });
});

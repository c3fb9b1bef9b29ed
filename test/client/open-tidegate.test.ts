import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import * as configuration from '../../client/config.ts';
import * as face from '../../client/tidegate.ts';
import { HOME_FILES } from '../../configuration/home.ts';
import { writeRequest } from '../../adaptor/data/control/sync-requests.ts';
import { ensureLink } from '../../adaptor/data/state/link.ts';
import { type AppStore, TEST_LINK, createAppStore } from '../support/captured-table.ts';
import { codeOf } from '../support/code-of.ts';
import { testTemporal } from '../support/temporal.ts';

/* The package as a company's own CRM uses it. */

const LINK = face.linkName(TEST_LINK);
let crm: AppStore<'crm'>;
let home: string;

beforeAll(async () => {
  crm = await createAppStore('crm');
  await ensureLink(crm.admin, TEST_LINK);
});
afterAll(() => crm[Symbol.asyncDispose]());
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'tidegate-client-'));
  for (const name of Object.keys(process.env)) if (name.startsWith('TIDEGATE_')) vi.stubEnv(name, undefined);
  vi.stubEnv('TIDEGATE_HOME', home);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true });
});

const databaseUrl = () => crm.database.urls.tidegate_consumer;
const open = async (place: face.TidegatePlace = {}) => {
  const { address, namespace } = await testTemporal();
  return face.openTidegate({ temporalAddress: address, namespace, taskQueue: `client-${randomUUID()}`, databaseUrl: databaseUrl(), ...place });
};
const connections = async () =>
  (await crm.admin.query(`SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'tidegate client'`)).rowCount;

describe('the package', () => {
  it('has what CRM code was written against: nothing of it goes without a major version', () => {
    expect(Object.keys(face).toSorted()).toEqual([
      'ERROR_CATALOGUE',
      'TidegateClient',
      'TidegateError',
      'checkConfig',
      'defineConfig',
      'isErrorCode',
      'linkName',
      'loadConfig',
      'openTidegate',
      'toProblem',
    ]);
    expect(Object.keys(configuration).toSorted()).toEqual(['appointments', 'contacts', 'defineCloudConfig', 'defineConfig', 'tasks']);
  });
});

describe('opening', () => {
  it('says what is neither given nor set, and no value of what is', async () => {
    const refused: unknown = await face.openTidegate({ databaseUrl: 'mysql://ada:secret@db/crm' }).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'configuration-invalid', message: expect.stringContaining('TIDEGATE_CRM_CONSUMER_URL') });
    expect(String(refused)).not.toContain('secret');
  });

  it('gives up in the time that it was given where there is no Temporal server', async () => {
    const place = { temporalAddress: '127.0.0.1:1', databaseUrl: databaseUrl(), timeoutMs: 10 };
    expect(await codeOf(face.openTidegate(place))).toBe('temporal-unavailable');
  });

  it('finds a stack that runs here by what that wrote down, and is told nothing else where something is given', async () => {
    const { address, namespace } = await testTemporal();
    const file = join(home, HOME_FILES.environment('crm'));
    mkdirSync(dirname(file), { recursive: true });
    const written = { TIDEGATE_TEMPORAL_ADDRESS: address, TIDEGATE_TEMPORAL_NAMESPACE: namespace, TIDEGATE_CRM_CONSUMER_URL: databaseUrl() };
    writeFileSync(file, JSON.stringify(written));
    await using found = await face.openTidegate();
    expect(await found.tidegate.progress(LINK)).toEqual({ workflowId: null, running: false, run: null, pump: null });
    writeFileSync(file, JSON.stringify({ ...written, TIDEGATE_TEMPORAL_ADDRESS: '127.0.0.1:1' }));
    await using given = await face.openTidegate({ temporalAddress: address });
    expect(await given.tidegate.progress(LINK)).toMatchObject({ running: false });
  });
});

describe('a client that is open', () => {
  const ask = () =>
    writeRequest(crm.admin, { link: LINK, direction: 'reverse', cause: 'user', collections: [], records: null, requestedBy: 'anna', reason: null });

  it('waits for a request, tells how it ended, and goes on waiting no longer than it was told', async () => {
    await using client = await open();
    const id = await ask();
    await expect(client.waitForRequest(id, 0)).rejects.toMatchObject({ code: 'run-failed', facts: { requestId: id } });
    const waiting = client.waitForRequest(id, 10_000);
    await crm.admin.query(
      `UPDATE tidegate.sync_request SET state = 'failed', error_code = 'schema-drifted', claimed_by = 'm-1', left_out = '{"tasks": "schema-drifted"}' WHERE id = $1`,
      [id],
    );
    expect(await waiting).toEqual({ state: 'failed', servedBy: 'm-1', code: 'schema-drifted', leftOut: { tasks: 'schema-drifted' } });
  });

  it('throws errors of the catalogue, which CRM code tells apart by their codes', async () => {
    await using client = await open();
    await crm.admin.query(`UPDATE tidegate.link SET state = 'stopped', state_reason = 'The cloud was restored.'`);
    const refused: unknown = await client.tidegate.requestForward({ link: LINK, by: 'anna' }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(face.TidegateError);
    expect(face.toProblem(refused)).toMatchObject({ code: 'link-stopped', noUpdate: 'No update was performed.' });
    expect(await codeOf(client.tidegate.describeRun('none'))).toBe('record-not-found');
    await crm.admin.query(`UPDATE tidegate.link SET state = 'open'`);
  });

  it('holds few connections, and none once it is closed', async () => {
    const client = await open();
    await Promise.all(Array.from({ length: 8 }, () => client.tidegate.progress(LINK)));
    expect(await connections()).toBeLessThanOrEqual(2);
    await client.close();
    await vi.waitFor(async () => expect(await connections()).toBe(0), 30_000);
    await expect(client.tidegate.progress(LINK)).rejects.toThrow();
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attachTable } from '../../adaptor/data/capture/attach.ts';
import { planAttachments } from '../../cli/plan-attachments.ts';
import { checkConfig } from '../../configuration/load-config.ts';
import { type AppStore, createAppStore } from '../support/captured-table.ts';
import { runProgram } from './run-program.ts';

const WIRE_KEY = '536be1d1-fb1f-8590-8dc0-bb62da496ca3';
const BATCH = '00000000-0000-4000-8000-000000000001';
const MESSAGE = '00000000-0000-4000-8000-000000000002';
let store: AppStore<'crm'>;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidegate-record-'));
  store = await createAppStore('crm');
  const fields = { id: 'id', name: 'name' };
  const input = {
    links: [
      {
        tenant: 'acme',
        environment: 'test',
        link: 'hub',
        collections: [{ name: 'firms', table: 'app.firms', key: ['id'], fields, identity: { kind: 'linked' as const, match: [] } }],
      },
    ],
  };
  writeFileSync(join(folder, 'tidegate.config.mjs'), `export default ${JSON.stringify(input)};`);
  await store.admin.query(`create table app.firms (id serial primary key, name text); insert into app.firms (name) values ('one'), ('two')`);
  for (const plans of (await planAttachments(store.admin, checkConfig(input))).tables) await attachTable(store.admin, plans);
  await store.admin.query(`
    insert into tidegate.link (name, tenant, environment, link) values ('acme/test/hub', 'acme', 'test', 'hub');
    insert into tidegate.record_link (link, collection, wire_key, local_key) values ('acme/test/hub', 'firms', '{${WIRE_KEY}}', '{2}');
    insert into tidegate.ledger_entry (link, collection, key, op, fields, actor, run_id, message_id, batch_id)
    values ('acme/test/hub', 'firms', '{${WIRE_KEY}}', 'U', '{name}', 'someone', 'flow/run', '${MESSAGE}', '${BATCH}')`);
});
afterAll(async () => {
  await store[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const record = (...key: readonly string[]) => {
  const environment = {
    TIDEGATE_HOME: folder,
    TIDEGATE_CONFIG: join(folder, 'tidegate.config.mjs'),
    TIDEGATE_TEMPORAL_ADDRESS: '127.0.0.1:1',
    TIDEGATE_CRM_CONSUMER_URL: store.database.urls.tidegate_consumer,
  };
  return runProgram(environment, 'record', 'firms', ...key, '--json');
};

describe('a record whose key each side makes itself', () => {
  it.each([['2'], [WIRE_KEY]])('is found by its key at either side (%s), with the order that brought its values', async (key) => {
    const { code, stdout } = await record(key);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ record: { id: '2', name: 'two' }, entries: [{ fields: ['name'], actor: 'someone', messageId: MESSAGE }] });
  });

  it('is found before it was ever sent, and not where there is none', async () => {
    expect(JSON.parse((await record('1')).stdout)).toMatchObject({ record: { id: '1', name: 'one' }, entries: [] });
    expect(await record('3')).toMatchObject({ code: 1, stdout: expect.stringContaining('record-not-found') });
  });
});

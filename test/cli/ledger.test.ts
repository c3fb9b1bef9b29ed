import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signLedgerHead } from '../../adaptor/auth/ledger-head.ts';
import { registerKey } from '../../adaptor/auth/register.ts';
import { type SigningKey, generateSigningKey } from '../../adaptor/auth/signing-key.ts';
import { attachTable } from '../../adaptor/data/capture/attach.ts';
import { keepHead } from '../../adaptor/data/ledger/ledger-heads.ts';
import { recordAudit } from '../../adaptor/data/state/audit.ts';
import { planAttachments } from '../../cli/plan-attachments.ts';
import { checkConfig } from '../../configuration/load-config.ts';
import { ledgerHeadsFileSchema } from '../../exchange/ledger.ts';
import { type AppStore, createAppStore } from '../support/captured-table.ts';
import { runProgram } from './run-program.ts';

let store: AppStore<'crm'>;
let folder: string;
let key: SigningKey;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidegate-ledger-'));
  store = await createAppStore('crm');
  const input = {
    links: [
      {
        tenant: 'acme',
        environment: 'test',
        link: 'hub',
        collections: [{ name: 'firms', table: 'app.firms', key: ['id'], fields: { id: 'id', name: 'name' } }],
      },
    ],
  };
  writeFileSync(join(folder, 'tidegate.config.mjs'), `export default ${JSON.stringify(input)};`);
  await store.admin.query(`create table app.firms (id int primary key, name text)`);
  for (const plans of (await planAttachments(store.admin, checkConfig(input))).tables) await attachTable(store.admin, plans);
  await store.admin.query(
    `insert into app.firms values (1, 'one'); insert into tidegate.link (name, tenant, environment, link) values ('acme/test/hub', 'acme', 'test', 'hub')`,
  );
  key = await generateSigningKey('crm:acme/test/hub');
  await registerKey(store.admin, { party: key.party, publicJwk: key.publicJwk, notBeforeMs: Date.now(), notAfterMs: Date.now() + 3_600_000 });
  for (const event of ['link-paused', 'link-resumed']) await recordAudit(store.admin, { link: 'acme/test/hub', event, subject: 'anna' });
  await sign();
});
const sign = () => keepHead(store.admin, async (head) => ({ kid: key.kid, jws: await signLedgerHead(key, head) }));
afterAll(async () => {
  await store[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const tidegate = (...args: readonly string[]) =>
  runProgram(
    {
      TIDEGATE_HOME: folder,
      TIDEGATE_CONFIG: join(folder, 'tidegate.config.mjs'),
      TIDEGATE_TEMPORAL_ADDRESS: '127.0.0.1:1',
      TIDEGATE_TEMPORAL_UI: 'https://temporal.example',
      TIDEGATE_CRM_CONSUMER_URL: store.database.urls.tidegate_consumer,
      TIDEGATE_CRM_ADMIN_URL: store.database.adminUrl,
    },
    ...args,
  );
const file = (name: string): string => join(folder, name);

describe('tidegate ledger', () => {
  it('takes heads out with the keys that prove them, and the whole ledger', async () => {
    expect((await tidegate('ledger', 'heads', '--out', file('heads.json'))).code).toBe(0);
    expect(ledgerHeadsFileSchema.parse(JSON.parse(readFileSync(file('heads.json'), 'utf8')))).toMatchObject({
      keys: [{ party: 'crm:acme/test/hub' }],
      heads: [expect.any(String)],
    });
    expect(JSON.parse((await tidegate('ledger', 'export', '--out', file('ledger.jsonl'), '--json')).stdout)).toMatchObject({ batches: 4 });
    const lines = readFileSync(file('ledger.jsonl'), 'utf8').trimEnd().split('\n');
    expect(lines).toHaveLength(5);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ sequence: 4, genesis: expect.any(String) });
  });

  it('says that it holds, and how far it is signed', async () => {
    const { code, stdout } = await tidegate('ledger', 'verify', '--heads', file('heads.json'));
    expect(stdout).toContain('The ledger holds: 4 batches, 0 entries.');
    expect(stdout).toContain('2 signed heads agree, the newest at 4');
    expect(code).toBe(0);
    expect(JSON.parse((await tidegate('ledger', 'verify', '--json')).stdout)).toMatchObject({ faults: [], signedUpTo: 4 });
  });

  it('fails with the fault named, once somebody has cut the tail', async () => {
    await store.admin.query(
      `delete from tidegate.ledger_batch where sequence = 4; delete from tidegate.audit_event where event = 'link-resumed'; delete from tidegate.ledger_head`,
    );
    expect((await tidegate('ledger', 'verify')).code).toBe(0);
    const { code, stdout } = await tidegate('ledger', 'verify', '--heads', file('heads.json'), '--json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'ledger-broken', facts: { faults: ['tail-cut at 4 (the chain ends at 3)'] } } });
  });

  it.each([
    [['ledger', 'verify', '--heads', 'missing.json']],
    [['ledger', 'heads', '--limit', 'many']],
    [['ledger', 'heads', '--out', '/nowhere/heads.json']],
    [['ledger', 'export', '--out', '/nowhere/ledger.jsonl']],
    [['ledger', 'verify', '--archive', '/nowhere/archive.jsonl']],
  ])('refuses wrong use: %j', async (args) => {
    expect(await tidegate(...args, '--json')).toMatchObject({ code: 2, stdout: expect.stringContaining('bad-request') });
  });
});

describe('tidegate ledger archive', () => {
  const tomorrow = () => new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
  const archive = (...args: readonly string[]) => tidegate('ledger', 'archive', '--reason', 'they are old', ...args);

  it('takes entries out into a file of which the chain keeps the digest, and proves both together', async () => {
    await sign();
    const { code, stdout } = await archive('--before', tomorrow(), '--out', file('archive.jsonl'));
    expect(stdout).toMatch(/^0 entries of the batches 1 to 3 are in .*archive\.jsonl now, SHA-256 [0-9a-f]{64}\./);
    expect(code).toBe(0);
    expect((await tidegate('ledger', 'verify', '--archive', file('archive.jsonl'))).code).toBe(0);
    writeFileSync(file('altered.jsonl'), readFileSync(file('archive.jsonl'), 'utf8').replace('link-paused', 'link-altered'));
    expect(await tidegate('ledger', 'verify', '--archive', file('archive.jsonl'), file('altered.jsonl'))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('archive-altered at 3'),
    });
  });

  it.each<[string, readonly string[]]>([
    ['a file that is there', ['--before', '2999-01-01', '--out', 'archive.jsonl']],
    ['no date', ['--before', 'last year', '--out', 'new.jsonl']],
    ['a time of which there is nothing', ['--before', '2000-01-01', '--out', 'new.jsonl']],
  ])('is refused with %s, and takes nothing away', async (_what, [before, at, out, name]) => {
    if (name === 'archive.jsonl') await sign();
    const batches = async () => (await store.admin.query('select count(*) from tidegate.ledger_batch')).rows;
    const were = await batches();
    const refused = await archive(before ?? '', at ?? '', out ?? '', file(name ?? ''), '--json');
    expect(refused).toMatchObject({ code: 2, stdout: expect.stringContaining('bad-request') });
    expect(await batches()).toEqual(were);
  });
});

describe('tidegate explain', () => {
  it('tells a record’s story and why it is not synchronised, with what mends it', async () => {
    const { code, stdout } = await tidegate('explain', 'firms', '1');
    expect(code).toBe(0);
    expect(stdout).toContain('NOT synchronised:\n  collection-not-open: The initial load of firms is not done.\n');
    expect(stdout).toContain('name: one  <- the CRM');
    expect(JSON.parse((await tidegate('explain', 'firms', '1', '--json')).stdout)).toMatchObject({
      synchronised: false,
      story: [{ kind: 'changed-here', op: 'I', url: null }],
    });
  });

  it('says which collections there are, and where there is no such record', async () => {
    expect(await tidegate('explain', 'people', '1', '--json')).toMatchObject({ code: 1, stdout: expect.stringContaining('none of firms') });
    expect(await tidegate('explain', 'firms', '2', '--json')).toMatchObject({ code: 1, stdout: expect.stringContaining('record-not-found') });
  });
});

import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createProgram } from '../../cli/main.ts';
import { EXIT } from '../../exchange/exit-code.ts';
import { linkName } from '../../exchange/names.ts';
import config from '../../tidegate.config.ts';
import { type MigratedDatabase, createMigratedDatabase } from '../support/migrated-database.ts';
import { stubActivities } from '../support/stub-activities.ts';
import { type TestWorker, startTestWorker } from '../support/temporal-worker.ts';

/* The commands that decide, against a real store and a real Temporal server; the worker's own steps are stubs. */

let database: MigratedDatabase<'crm'>;
let admin: Client;
let worker: TestWorker;
const stub = stubActivities();
const link = linkName(config.links[0] ?? { tenant: '', environment: '', link: '' });

beforeAll(async () => {
  database = await createMigratedDatabase('crm');
  admin = new Client({ connectionString: database.adminUrl });
  await admin.connect();
  worker = await startTestWorker(stub.activities);
}, 60_000);
afterAll(async () => {
  await worker?.[Symbol.asyncDispose]();
  await admin?.end();
  await database?.drop();
});
afterEach(() => vi.restoreAllMocks());

/** Runs a command; what it printed, and its exit code. */
async function tidegate(...args: readonly string[]): Promise<{ out: string; code: number }> {
  const written: string[] = [];
  const take = (text: string | Uint8Array) => (written.push(String(text)), true);
  vi.spyOn(process.stdout, 'write').mockImplementation(take);
  vi.spyOn(process.stderr, 'write').mockImplementation(take);
  let code = -1;
  const environment = {
    TIDEGATE_HOME: join(tmpdir(), 'no-such-home-of-tidegate'),
    TIDEGATE_CRM_CONSUMER_URL: database.urls.tidegate_consumer,
    TIDEGATE_TEMPORAL_ADDRESS: worker.address,
    TIDEGATE_TEMPORAL_NAMESPACE: worker.namespace,
    TIDEGATE_TASK_QUEUE: worker.taskQueue,
  };
  const program = createProgram(environment, (given) => void (code = given));
  await program.parseAsync(['node', 'tidegate', ...args]).catch(() => void (code = EXIT.usage));
  vi.restoreAllMocks();
  return { out: written.join(''), code };
}

let aside = 0;
let clash = 0;
beforeEach(async () => {
  stub.calls.length = 0;
  await admin.query('delete from tidegate.release; delete from tidegate.quarantine; delete from tidegate.conflict');
  aside = await insert(
    `insert into tidegate.quarantine (link, collection, direction, key, ordinal, batch_id, op, code, field, detail, record, changed)
     values ($1, 'contacts', 'reverse', '{k1}', 1, gen_random_uuid(), 'U', 'value-too-long', 'note', 'Too long.', '{"note": "confidential", "jobTitle": null}', 'note') returning id`,
  );
  clash = await insert(
    `insert into tidegate.conflict (link, collection, key, field, kind, crm_value, cloud_value, outcome, batch_id)
     values ($1, 'contacts', '{k1}', 'note', 'field', '"ours"', '"theirs"', 'review', gen_random_uuid()) returning id`,
  );
});
const insert = async (sql: string) => Number((await admin.query<{ id: string }>(sql, [link])).rows[0]?.id);
const releases = async () => (await admin.query('select act, subject::int, "values", reason from tidegate.release')).rows;

describe('tidegate quarantine', () => {
  it('lists without values, and shows with them', async () => {
    const list = await tidegate('quarantine', 'list');
    expect(list.out).toMatch(/value-too-long\s+note\s+waiting/);
    expect(list.out).not.toContain('confidential');
    expect((await tidegate('quarantine', 'list', 'tasks')).out).toContain('Nothing waits. 1 wait(s), 0 discarded so far.');
    const shown = await tidegate('quarantine', 'show', String(aside));
    expect(shown.out).toMatch(/contacts k1 at the CRM: waiting\n {2}value-too-long \(note\): Too long\./);
    expect(shown.out).toContain('* note: confidential\n  jobTitle: (null)');
    expect(JSON.parse((await tidegate('quarantine', 'show', String(aside), '--json')).out)).toMatchObject({ id: aside, record: { note: 'confidential' } });
  });

  it('retries and edits under a release, whose values stay in the CRM’s row', async () => {
    expect((await tidegate('quarantine', 'retry', String(aside), '--reason', 'it fits now')).out).toContain('It is in the CRM.');
    const edited = await tidegate('quarantine', 'edit', String(aside), 'note=a=b', '--null', 'jobTitle', '--reason', 'shorter');
    expect([edited.code, edited.out.includes('It is in the CRM.')]).toEqual([EXIT.done, true]);
    expect(await releases()).toEqual([
      { act: 'retry', subject: aside, values: null, reason: 'it fits now' },
      { act: 'edit', subject: aside, values: { note: 'a=b', jobTitle: null }, reason: 'shorter' },
    ]);
    expect(stub.inputs('signRelease')).toHaveLength(2);
  });

  it('discards by name', async () => {
    await admin.query(`update tidegate.quarantine set direction = 'forward'`);
    expect((await tidegate('quarantine', 'discard', String(aside), '--reason', 'not ours')).out).toContain(`${aside} is discarded.`);
    expect((await tidegate('quarantine', 'list', '--all')).out).toContain('0 wait(s), 1 discarded so far.');
    const again = await tidegate('quarantine', 'discard', String(aside), '--reason', 'not ours');
    expect([again.code, again.out]).toEqual([EXIT.failed, expect.stringContaining('[already-decided]')]);
  });

  it.each([
    [['quarantine', 'retry', '1']],
    [['quarantine', 'retry', 'x', '--reason', 'r']],
    [['quarantine', 'edit', '1', '--reason', 'r']],
    [['quarantine', 'edit', '1', 'note', '--reason', 'r']],
    [['quarantine', 'list', 'nowhere']],
    [['quarantine', 'edit', '1', 'note=a', 'note=b', '--reason', 'r']],
    [['quarantine', 'edit', '1', 'note=a', '--reason', 'r', '--null', 'note']],
    [['quarantine', 'retry', '1', '--reason', 'r', '--timeout', 'soon']],
  ])('%j is wrong use, and asks for nothing', async (args) => {
    const { code } = await tidegate(...args);
    expect(code === EXIT.usage || code === EXIT.failed).toBe(true);
    expect(await releases()).toEqual([]);
  });
});

describe('tidegate conflicts', () => {
  it('lists without values, shows both, keeps and restores', async () => {
    const list = await tidegate('conflicts', 'list');
    expect(list.out).toMatch(/contacts\s+k1\s+note\s+field\s+CRM, waits/);
    expect(list.out).not.toMatch(/ours|theirs/);
    expect((await tidegate('conflicts', 'show', String(clash))).out).toMatch(/CRM: {3}ours\n {2}cloud: theirs/);
    expect((await tidegate('conflicts', 'restore', String(clash), '--reason', 'theirs')).out).toContain('It is in the CRM.');
    await tidegate('conflicts', 'restore', String(clash), '--value', 'third', '--reason', 'better');
    await tidegate('conflicts', 'restore', String(clash), '--null', '--reason', 'none');
    expect((await releases()).map(({ act, values }) => [act, values])).toEqual([
      ['restore', null],
      ['restore', { note: 'third' }],
      ['restore', { note: null }],
    ]);
    expect((await tidegate('conflicts', 'keep', String(clash), '--reason', 'ours')).out).toContain('the CRM’s value stands');
    expect((await tidegate('conflicts', 'list')).out).toContain('No conflict waits.');
    expect((await tidegate('conflicts', 'keep', String(clash), '--reason', 'ours')).out).toContain('[already-decided]');
  });

  it('gives no single value to a whole record, and no value where none is meant', async () => {
    await admin.query('update tidegate.conflict set field = null');
    const whole = await tidegate('conflicts', 'restore', String(clash), '--value', 'third', '--reason', 'r');
    expect([whole.code, whole.out]).toEqual([EXIT.usage, expect.stringContaining('about a whole record')]);
    expect((await tidegate('conflicts', 'restore', String(clash), '--value', 'third', '--null', '--reason', 'r')).code).toBe(EXIT.usage);
    expect((await tidegate('conflicts', 'restore', String(clash + 1), '--reason', 'r')).out).toContain('[record-not-found]');
    expect(await releases()).toEqual([]);
  });
});

describe('tidegate approvals', () => {
  const breach = () =>
    insert(`insert into tidegate.approval (link, collection, direction, run_id, code, changes, deletes, delete_budget)
            values ($1, 'contacts', 'forward', 'chain/run', 'delete-budget-exceeded', 12, 10, 5) returning id`);

  it('lists counts and rejects by run; what was rejected is told with --all', async () => {
    await admin.query('delete from tidegate.approval');
    const id = await breach();
    expect((await tidegate('approvals')).out).toMatch(/contacts\s+forward\s+12 of -\s+10 of 5\s+waiting/);
    expect((await tidegate('reject', 'chain', '--reason', 'an accident')).out).toContain('contacts, forward: stays stopped; nothing was changed.');
    expect((await tidegate('approvals')).out).toContain('Nothing waits for approval.');
    expect(JSON.parse((await tidegate('approvals', '--all', '--json')).out)).toMatchObject({
      approvals: [{ id, state: 'rejected', decidedReason: 'an accident' }],
    });
    expect(await tidegate('reject', String(id), '--reason', 'again')).toMatchObject({ code: EXIT.failed, out: expect.stringContaining('[already-decided]') });
    expect(await tidegate('approve', String(id))).toMatchObject({ code: EXIT.usage });
  });
});

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type AppStore, createAppStore } from '../support/captured-table.ts';
import { runProgram } from './run-program.ts';

/* Commands that need the CRM's store alone: how a link stands, its runs, its records, capture on its tables. */

const LINK = 'acme/test/hub';
let store: AppStore<'crm'>;
let folder: string;
let environment: Readonly<Record<string, string | undefined>>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidegate-store-'));
  store = await createAppStore('crm');
  const collection = (name: string, more: object = {}) => ({ name, table: `app.${name}`, key: ['id'], fields: { id: 'id', name: 'name' }, ...more });
  const lines = { key: ['order', 'line'], fields: { order: 'order_id', line: 'line', text: 'text' } };
  const links = [
    { tenant: 'acme', environment: 'test', link: 'hub', collections: [collection('firms'), collection('lines', lines), collection('gone')] },
    { tenant: 'acme', environment: 'test', link: 'spare', collections: [collection('firms')] },
  ];
  writeFileSync(join(folder, 'tidegate.config.mjs'), `export default ${JSON.stringify({ links })};`);
  await store.admin.query(`
    create table app.firms (id int primary key, name text);
    create table app.lines (order_id int, line int, text text, primary key (order_id, line));
    insert into app.firms values (1, 'one'), (2, E'two\\x1b[2J\\nforged: yes');
    insert into app.lines values (7, 1, 'first'), (7, 2, 'second');
    insert into tidegate.link (name, tenant, environment, link) values ('${LINK}', 'acme', 'test', 'hub')`);
  environment = {
    TIDEGATE_HOME: folder,
    TIDEGATE_CONFIG: join(folder, 'tidegate.config.mjs'),
    TIDEGATE_TEMPORAL_ADDRESS: '127.0.0.1:1',
    // A file that is missing: what needs Temporal finds out at once that it cannot get there.
    TIDEGATE_TEMPORAL_TLS_CA: join(folder, 'no-authority.pem'),
    TIDEGATE_TEMPORAL_UI: 'https://temporal.example',
    TIDEGATE_CRM_CONSUMER_URL: store.database.urls.tidegate_consumer,
    TIDEGATE_CRM_ADMIN_URL: store.database.adminUrl,
    TIDEGATE_SEAL_KEYS: join(folder, 'seal-keys.json'),
  };
});
afterAll(async () => {
  await store[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const tidegate = (...args: readonly string[]) => runProgram(environment, ...args);
const sql = async (statement: string): Promise<readonly unknown[]> => (await store.admin.query(statement)).rows;
const json = async <T>(...args: readonly string[]): Promise<T> => JSON.parse((await tidegate(...args, '--json')).stdout) as T;
const codeOf = async (...args: readonly string[]) => (await json<{ error: { code: string } }>(...args)).error.code;

describe('tidegate attach', () => {
  interface Attached {
    readonly tables: readonly { table: string; collections: string[]; state: string; sql: string[] }[];
    readonly refused: readonly { collection: string; code: string }[];
  }
  const captured = () =>
    sql(
      `select distinct tgrelid::regclass::text as "table" from pg_trigger where tgname like 'tidegate_capture%' and tgrelid::regclass::text like 'app.%' order by 1`,
    );

  it('refuses a collection that nobody configured, and to go without the owner’s URL, before any table is touched', async () => {
    expect(await tidegate('attach', 'firms', 'frims')).toMatchObject({ code: 1, stderr: expect.stringContaining('"frims" is none of firms, lines, gone.') });
    const { code, stderr } = await runProgram({ ...environment, TIDEGATE_CRM_ADMIN_URL: '' }, 'attach', 'firms');
    expect([code, stderr]).toEqual([2, expect.stringContaining('Set TIDEGATE_CRM_ADMIN_URL')]);
    expect(await captured()).toEqual([]);
  });

  it('prints the SQL that it would run, and changes nothing', async () => {
    const { tables } = await json<Attached>('attach', 'firms', '--print');
    expect(tables).toMatchObject([{ table: 'app.firms', collections: ['firms', 'firms'], state: 'to be attached' }]);
    const printed = await tidegate('attach', 'firms', '--print');
    expect(printed.stdout).toMatch(/^-- app\.firms \(firms, firms\): to be attached\n[^]*create .*trigger/im);
    expect(printed.code).toBe(0);
    expect(await captured()).toEqual([]);
  });

  it('attaches what can be, says of each what became of it, and fails for what cannot', async () => {
    const { code, stdout } = await tidegate('attach');
    expect(code).toBe(1);
    expect(stdout).toContain('-- app.firms (firms, firms): attached\n-- app.lines (lines): attached\ngone: ');
    expect(await captured()).toEqual([{ table: 'app.firms' }, { table: 'app.lines' }]);
    await sql(`update app.firms set name = 'uno' where id = 1`);
    expect(await sql(`select op, array_to_string(key, ',') as key from tidegate.change_log`)).toEqual([{ op: 'U', key: '1' }]);
  });

  it('leaves alone what is attached as it should be', async () => {
    expect(await json<Attached>('attach', 'lines')).toEqual({
      tables: [{ table: 'app.lines', collections: ['lines'], state: 'attached before', sql: [] }],
      refused: [],
    });
    expect((await json<Attached>('attach', 'gone')).refused).toMatchObject([{ collection: 'gone', code: expect.any(String) as string }]);
  });
});

describe('tidegate status', () => {
  it('tells of every link, with what is waited for, and ends well where nothing is wrong', async () => {
    const { code, stdout } = await tidegate('status');
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`^${LINK}: open\n[^]*\n\nacme/test/spare: not opened yet\n`));
    expect(stdout).toMatch(/^firms +2 +new/m);
    // A table that is not there has no count.
    expect(stdout).toMatch(/^gone +\? /m);
    expect(await json('status', '--link', 'spare')).toMatchObject([{ link: 'acme/test/spare', state: null }]);
  });

  it.each([
    ['a link that is stopped', `update tidegate.link set state = 'stopped', state_reason = 'The store went back.'`, 1, 'stopped (The store went back.)'],
    [
      'a collection that drifted',
      `insert into tidegate.channel (link, collection, direction, state, state_reason) values ('${LINK}', 'firms', 'forward', 'drifted', 'a column is gone')`,
      1,
      'firms: a column is gone',
    ],
    [
      'a collection that is stopped on its way in',
      `insert into tidegate.channel (link, collection, direction, state) values ('${LINK}', 'firms', 'forward', 'open'), ('${LINK}', 'firms', 'reverse', 'stopped')`,
      1,
      'open, from the cloud: stopped',
    ],
    ['a link that somebody paused', `update tidegate.link set state = 'paused', state_reason = 'a move'`, 0, 'paused (a move)'],
  ])('ends by what a script has to know of %s', async (_what, broken, code, told) => {
    try {
      await sql(broken);
      expect(await tidegate('status', '--link', LINK)).toMatchObject({ code, stdout: expect.stringContaining(told) });
    } finally {
      await sql(`update tidegate.link set state = 'open', state_reason = null; delete from tidegate.channel where collection = 'firms'`);
    }
  });

  it('asks which link is meant where there are several', async () => {
    expect(await tidegate('runs')).toMatchObject({ code: 2, stderr: expect.stringContaining(`Name one of the links: ${LINK}, acme/test/spare.`) });
    expect(await codeOf('status', '--link', 'elsewhere')).toBe('bad-request');
  });
});

describe('tidegate runs', () => {
  const manifest = (rows: number, filtered: number): string => `h.${Buffer.from(JSON.stringify({ rows, filtered })).toString('base64url')}.s`;
  const books = ['runs', '--link', LINK] as const;

  it('says where there is none yet', async () => {
    expect(await tidegate(...books)).toMatchObject({ code: 0, stdout: 'No runs yet.\n' });
    expect(await json(...books)).toEqual([]);
    expect(await tidegate('run', 'nobody')).toMatchObject({ code: 1, stderr: expect.stringContaining('There is no such run. [record-not-found]') });
  });

  it('lists the newest first, of one direction where that is asked for, and only so many', async () => {
    await sql(`
      insert into tidegate.run (id, link, direction, trigger, workflow_id, workflow_run_id, state, error_code, error_detail, requested_by, started_at, finished_at) values
        ('send/r1', '${LINK}', 'forward', 'change', 'send', 'r1', 'completed', null, null, null, now() - interval '3 minutes', now()),
        ('pull/r2', '${LINK}', 'reverse', 'user', 'pull', 'r2', 'failed', 'connection-failed', 'It was away.', 'anna', now() - interval '2 minutes', now()),
        ('send/r3', '${LINK}', 'forward', 'period', 'send', 'r3', 'running', null, null, null, now() - interval '1 minute', null),
        ('else/r4', 'acme/test/spare', 'forward', 'period', 'else', 'r4', 'completed', null, null, null, now(), now());
      insert into tidegate.channel (link, collection, direction) values ('${LINK}', 'firms', 'forward');
      insert into tidegate."window" (link, collection, direction, ordinal, kind, batch_id, run_id, state, offered, applied, conflicted, quarantined, filtered, manifest) values
        ('${LINK}', 'firms', 'forward', 1, 'load', gen_random_uuid(), 'send/r1', 'receipted', 5, 3, 0, 0, 1, '${manifest(4, 1)}'),
        ('${LINK}', 'firms', 'forward', 2, 'delta', gen_random_uuid(), 'send/r1', 'receipted', 2, 1, 0, 1, 0, '${manifest(2, 0)}'),
        ('${LINK}', 'firms', 'forward', 3, 'delta', gen_random_uuid(), 'send/r1', 'sent', 9, 9, 0, 0, 0, null)`);
    const ids = async (...more: readonly string[]) => (await json<{ id: string }[]>(...books, ...more)).map(({ id }) => id);
    expect(await ids()).toEqual(['send/r3', 'pull/r2', 'send/r1']);
    expect(await ids('--limit', '2')).toEqual(['send/r3', 'pull/r2']);
    expect(await ids('--direction', 'reverse')).toEqual(['pull/r2']);
    const { stdout } = await tidegate(...books);
    expect(stdout).toMatch(/^pull\/r2 +from the cloud +user +connection-failed /m);
    // Windows that nobody has receipted are in no books.
    expect(stdout).toMatch(/^send\/r1 +to the cloud +change +completed +\S+ +7 +4 +0 +0 +1 +1$/m);
  });

  it('shows one, by its id or its workflow’s, with each side’s books, its windows and its page', async () => {
    const { code, stdout } = await tidegate('run', 'send/r1');
    expect(code).toBe(0);
    expect(stdout).toContain('Run to the cloud, send/r1: completed\n');
    expect(stdout).toContain('books: offered 7, applied 4, unchanged 0, in conflict 0, set aside 1, filtered 1\n');
    expect(stdout).toContain('the sender signed: offered 7 = sent 6 + filtered 1\n');
    expect(stdout).toContain('the books do NOT balance: 1 records are unaccounted for\n');
    expect(stdout).toMatch(/https:\/\/temporal\.example\/\S+send\S+r1/);
    expect(stdout).toMatch(/^firms +2 +delta +receipted +2 +1 +0 +0 +1 +0$/m);
    await sql(`update tidegate."window" set unchanged = 1 where ordinal = 1`);
    expect((await tidegate('run', 'send/r1')).stdout).toContain('  the books balance\n');
    expect(await json('run', 'pull')).toMatchObject({ id: 'pull/r2', errorCode: 'connection-failed', sides: { difference: 0 }, windowRows: [] });
    expect((await tidegate('run', 'pull')).stdout).toMatch(/trigger user by anna, .*\n {2}connection-failed: It was away\.\n/);
  });
});

describe('tidegate record', () => {
  it('shows a record by the whole of its key, and asks for the parts that are missing', async () => {
    expect((await tidegate('record', 'lines', '7', '2', '--link', LINK)).stdout).toContain(
      'order: 7\nline: 2\ntext: second\n\nNothing of it came from the cloud.',
    );
    for (const key of [['7'], ['7', '1', '1']]) {
      const { code, stderr } = await tidegate('record', 'lines', ...key, '--link', LINK);
      expect([code, stderr]).toEqual([2, expect.stringContaining('The key of lines has 2 part(s): order, line.')]);
      expect((await tidegate('explain', 'lines', ...key, '--link', LINK)).code).toBe(2);
    }
  });

  it('lets no value play with the terminal; JSON has it as it is', async () => {
    const { stdout } = await tidegate('record', 'firms', '2', '--link', LINK);
    expect(stdout).toContain('name: two\\u001b[2J');
    expect(stdout).not.toContain('\u001b');
    expect(await json('record', 'firms', '2', '--link', LINK)).toMatchObject({ record: { name: 'two\u001b[2J\nforged: yes' } });
  });
});

describe('an order', () => {
  const orders = () => sql(`select (select count(*)::int from tidegate.sync_request) + (select count(*)::int from tidegate.erasure) as n`);

  it.each([
    [['pull', '--key', '1', '--link', LINK], 'bad-request', '--key belongs to one collection'],
    [['pull', '--link', LINK, '--key', '1', 'firms'], 'bad-request', 'name it before --key'],
    [['sync', 'firms', 'lines', '--key', '1', '--link', LINK], 'bad-request', '--key belongs to one collection'],
    [['sync', 'lines', '--key', '7', '--link', LINK], 'bad-request', 'keys of 2 fields'],
    [['sync', 'frims', '--link', LINK], 'collection-unknown', '"frims" is none of firms, lines, gone.'],
    [['erase', 'frims', '1', '--reason', 'asked'], 'collection-unknown', 'of no link'],
    [['erase', 'lines', '7', '--reason', 'asked'], 'bad-request', 'The key of lines has 2 part(s)'],
    [['erase', 'lines', '7', '1', '--link', 'spare', '--reason', 'asked'], 'collection-unknown', 'none of firms'],
    [['plan', 'forward', '--collection', 'frims', '--link', LINK], 'collection-unknown', '"frims"'],
    [['reconcile', 'frims', '--link', LINK], 'collection-unknown', '"frims"'],
    [['conflicts', 'list', 'frims', '--link', LINK], 'collection-unknown', '"frims"'],
    [['conflicts', 'show', '1e2', '--link', LINK], 'bad-request', 'no number of a row'],
    [['conflicts', 'show', '4711', '--link', LINK], 'record-not-found', ''],
    [['quarantine', 'show', '0', '--link', LINK], 'bad-request', 'no number of a row'],
    [['resume', '--reload', '--link', LINK], 'bad-request', '--reason'],
  ])('as %j is refused as %s, and writes nothing', async (args, code, told) => {
    const were = await orders();
    const { error } = await json<{ error: { code: string; detail: string; noUpdate: string } }>(...args);
    expect(error).toMatchObject({ code, noUpdate: 'No update was performed.', detail: expect.stringContaining(told) as string });
    expect(await orders()).toEqual(were);
  });

  it.each([
    [['sync', '--link', LINK]],
    [['pull', 'firms', '--key', '1', '--link', LINK]],
    [['pause', '--reason', 'a move', '--link', LINK]],
    [['erase', 'lines', '7', '1', '--reason', 'asked', '--link', LINK]],
    [['plan', 'forward', '--link', LINK]],
  ])('as %j is not written down where Temporal cannot be reached', async (args) => {
    const standing = () => sql(`select state, state_reason from tidegate.link union all select 'plans', count(*)::text from tidegate.plan`);
    const were = [await orders(), await standing()];
    expect(await tidegate(...args)).toMatchObject({ code: 2, stderr: expect.stringContaining('TIDEGATE_TEMPORAL_TLS_CA') });
    expect([await orders(), await standing()]).toEqual(were);
  });
});

describe('tidegate seal', () => {
  const keyFile = () => readFileSync(join(folder, 'seal-keys.json'), 'utf8');

  it('says where its file is to be named, where it is not', async () => {
    const { code, stderr } = await runProgram({ ...environment, TIDEGATE_SEAL_KEYS: undefined }, 'seal', 'init');
    expect([code, stderr]).toEqual([2, expect.stringContaining('Set TIDEGATE_SEAL_KEYS to the key file of sealed fields.')]);
  });

  it('makes its file once, and makes no new key current that nobody could send under', async () => {
    expect((await tidegate('seal', 'init')).stdout).toContain('keep a copy');
    const made = keyFile();
    expect((await tidegate('seal', 'init')).code).toBe(0);
    expect(await tidegate('seal', 'rotate', '--reason', 'yearly')).toMatchObject({ code: 2, stderr: expect.stringContaining('TIDEGATE_TEMPORAL_TLS_CA') });
    expect(keyFile()).toBe(made);
    const { stdout } = await tidegate('seal', 'status');
    expect(stdout).toMatch(/^key +state +since\n-.*\n\S+ +current +\S+\n\nNo record waits to be sent again\.\n$/);
  });

  it('keeps the current key, and takes no key for one that it has not', async () => {
    const { keys } = await json<{ keys: { keyId: string }[] }>('seal', 'status');
    expect((await tidegate('seal', 'retire', keys[0]?.keyId ?? '')).code).not.toBe(0);
    expect((await tidegate('seal', 'retire', 'no-such-key')).code).not.toBe(0);
    expect((await json<{ keys: unknown[] }>('seal', 'status')).keys).toEqual(keys);
  });
});

describe('a list', () => {
  beforeEach(async () => {
    await sql(`delete from tidegate.conflict; delete from tidegate.quarantine;
      insert into tidegate.conflict (link, collection, key, field, kind, outcome, batch_id) select '${LINK}', 'firms', array[n::text], 'name', 'field', 'review', gen_random_uuid() from generate_series(1, 3) n;
      insert into tidegate.quarantine (link, collection, direction, key, ordinal, batch_id, op, code, detail, record, changed)
      select '${LINK}', 'firms', 'reverse', array[n::text], 1, gen_random_uuid(), 'U', 'value-too-long', '', '{}', '' from generate_series(1, 3) n`);
  });

  it.each(['conflicts', 'quarantine'])('of %s shows the newest, and says that there may be more', async (name) => {
    const list = [name, 'list', '--link', LINK] as const;
    const whole = await tidegate(...list);
    expect(whole.stdout).not.toContain('--limit');
    const part = await tidegate(...list, '--limit', '2');
    expect(part.stdout).toMatch(/^\d+ +firms +3 /m);
    expect(part.stdout).not.toMatch(/^\d+ +firms +1 /m);
    expect(part.stdout).toContain('Only the newest 2 are listed; --limit lists more.');
  });
});

describe('tidegate detach', () => {
  const left = () =>
    sql(`select ((select count(*) from pg_trigger where tgname like 'tidegate%' and tgrelid::regclass::text like 'app.%')
              + (select count(*) from tidegate.source where schema_name = 'app'))::int as n`);

  it('refuses a collection that nobody configured, and prints what it would do', async () => {
    const were = await left();
    expect(await codeOf('detach', 'frims')).toBe('collection-unknown');
    expect((await tidegate('detach', 'firms', '--print')).stdout).toMatch(/^-- app\.firms \(firms, firms\): to be detached\n[^]*drop /im);
    expect(await left()).toEqual(were);
  });

  it('leaves nothing behind, and finds nothing to do the next time', async () => {
    const { code, stdout } = await tidegate('detach');
    expect(code).toBe(0);
    expect(stdout).toBe('-- app.firms (firms, firms): detached\n-- app.lines (lines): detached\n-- app.gone (gone): not attached\n');
    expect(await left()).toEqual([{ n: '0' }]);
    expect((await tidegate('detach', 'firms')).stdout).toContain('not attached');
    expect(await sql(`select id from app.firms order by id`)).toEqual([{ id: '1' }, { id: '2' }]);
  });
});

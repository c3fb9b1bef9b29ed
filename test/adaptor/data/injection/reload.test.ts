import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { controlRows } from '../../../../adaptor/data/control-rows.ts';
import { pruneStore } from '../../../../adaptor/data/retention/prune-store.ts';
import { retentionOf, retentionSchema } from '../../../../configuration/retention.ts';
import { claimEpoch } from '../../../../adaptor/data/state/epoch.ts';
import { requireLink, resumeLink } from '../../../../adaptor/data/state/link.ts';
import { acceptAnswer, acceptOpening, prepareOpening } from '../../../../adaptor/data/state/opening.ts';
import { linkName } from '../../../../exchange/names.ts';
import { TEST_LINK } from '../../../support/captured-table.ts';
import { DataCycle } from '../../../support/data-cycle.ts';
import { type TwoStores, asCloudUser, openTwoStores } from '../../../support/two-stores.ts';

/* What a new, approved initial load does with what the two stores hold, after one of them was restored. */

const LINK = linkName(TEST_LINK);
let stores: TwoStores;
let cycle: DataCycle;

beforeAll(async () => {
  stores = await openTwoStores({
    crmSql: 'create table app.items (id int primary key, a text, b text, hidden boolean default false)',
    cloudSql: 'create table app.items (tenant text, id int, a text, b text, primary key (tenant, id))',
    collections: [{ table: 'items', fields: ['id', 'a', 'b'], filter: { sql: 'not hidden', columns: ['hidden'] }, outOfScope: 'retract' }],
  });
  cycle = new DataCycle(stores);
  await open();
  await cycle.load();
  await cycle.forward();
});
afterAll(async () => stores[Symbol.asyncDispose]());

beforeEach(async () => {
  await crm('delete from app.items');
  await cycle.quiesce();
  // Records that came into being while the log was kept: it holds more than edits of them.
  await crm(`insert into app.items values (1, 'a', 'b'), (2, 'a', 'b'), (3, 'a', 'b')`);
  await cycle.quiesce();
  await stores.crm.admin.query('delete from tidegate.conflict; delete from tidegate.ledger_entry; delete from tidegate.audit_event');
});

const crm = (sql: string) => stores.crm.page.query(sql);
const cloud = (sql: string) => asCloudUser(stores.cloud.user, sql);
/** As if it had never happened, or not yet: neither captured nor counted. */
const restored = async (side: 'crm' | 'cloud', sql: string): Promise<void> => {
  await stores[side].admin.query(`set session_replication_role = replica; ${sql}; reset session_replication_role`);
};

async function open(): Promise<{ crm: number; cloud: number }> {
  const { epoch } = await claimEpoch(stores.crm.admin, LINK);
  const body = await prepareOpening(stores.crm.admin, { link: LINK, epoch, runId: 'run/1' });
  const claims = { ...body, ...TEST_LINK, iss: 'crm:x', aud: 'cloud:x', iat: 1, exp: 2, jti: randomUUID() };
  const answer = await acceptOpening(stores.cloud.producer, claims, [stores.cloudPlan]);
  const { generation } = await acceptAnswer(stores.crm.consumer, LINK, body, answer);
  // The epoch under which steps of a test are taken.
  for (const { admin } of [stores.crm, stores.cloud]) await admin.query('update tidegate.link set epoch = 1');
  return { crm: generation, cloud: answer.generation };
}

/** The whole of it, as far as the first order. */
async function reload(): Promise<{ crm: number; cloud: number }> {
  await resumeLink(stores.crm.admin, LINK, 'olga', { approvedBy: 'olga', reason: 'a store was restored' });
  const generations = await open();
  await cycle.load();
  await cycle.forward();
  return generations;
}

const lines = async (side: 'crm' | 'cloud') =>
  (await controlRows<{ line: string }>(stores[side].admin, `select concat_ws(' ', id, a, b) as line from app.items order by id`)).map(({ line }) => line);
const linkOf = (side: 'crm' | 'cloud') => requireLink(stores[side].admin, LINK);
const conflicts = async () =>
  (await controlRows<{ line: string }>(stores.crm.admin, `select concat_ws(' ', key[1], field, kind) as line from tidegate.conflict order by id`)).map(
    ({ line }) => line,
  );
const told = () => controlRows(stores.crm.admin, `select subject, facts from tidegate.audit_event where event = 'records-unconfirmed' order by id`);
const unconfirmed = async () => (await controlRows<{ key: string[] }>(stores.cloud.admin, 'select key from tidegate.unconfirmed')).map(({ key }) => key[1]);
const ends = async (...records: string[]) => {
  await cycle.quiesce();
  expect({ crm: await lines('crm'), cloud: await lines('cloud') }).toEqual({ crm: records, cloud: records });
  expect(await unconfirmed()).toEqual([]);
};

describe('records of the cloud that a new load does not name', () => {
  it('are told of, and come to a restored CRM as new ones with the next order', async () => {
    await restored('crm', `delete from app.items where id = 3; delete from tidegate.change_log where key = '{3}'`);
    await reload();
    expect(await lines('cloud')).toEqual(['1 a b', '2 a b', '3 a b']);
    expect(await unconfirmed()).toEqual(['3']);
    expect(await told()).toEqual([{ subject: 'items', facts: { generation: (await linkOf('crm')).generation, records: 1 } }]);
    expect(await cycle.reverse()).toBe(1);
    expect(await conflicts()).toEqual([]);
    expect(await controlRows(stores.crm.admin, `select key, op from tidegate.ledger_entry`)).toEqual([{ key: ['3'], op: 'I' }]);
    await ends('1 a b', '2 a b', '3 a b');
  });

  it('are deleted again at a restored cloud where the CRM deleted them, and are kept as conflicts', async () => {
    await crm('delete from app.items where id = 3');
    await cycle.quiesce();
    await restored('cloud', `insert into app.items values ('acme', 3, 'a', 'b')`);
    await reload();
    await ends('1 a b', '2 a b');
    expect(await conflicts()).toEqual(['3 edit-against-delete']);
  });

  it('stay deleted where the CRM deleted them while the link was away for longer than its log is kept', async () => {
    await crm(`delete from app.items where id = 3; update app.items set a = 'later' where id = 1`);
    const readers = [{ link: LINK, collection: 'items', schema: 'app', table: 'items', tenant: null }];
    const outdated = { ...retentionOf(retentionSchema.parse({})), changeLogMs: -1000, unacknowledged: { maxRows: 1, maxAgeMs: 3_600_000 } };
    expect((await pruneStore(stores.crm.consumer, 'crm', readers, outdated)).outdated).toEqual([LINK]);
    expect(await controlRows(stores.crm.admin, 'select op, key, old from tidegate.change_log')).toEqual([{ op: 'D', key: ['3'], old: null }]);
    await expect(cycle.forward()).rejects.toMatchObject({ code: 'link-stopped' });
    await reload();
    expect(await controlRows(stores.crm.admin, 'select outdated_at from tidegate.link')).toEqual([{ outdated_at: null }]);
    await ends('1 later b', '2 a b');
  });

  it('are deleted where the CRM deleted them and had not sent that', async () => {
    await crm('delete from app.items where id = 3');
    await stores.crm.admin.query(
      `update tidegate.change_log set xid = '99999999999' where op = 'D' and key = '{3}'; update tidegate.link set incarnation = jsonb_set(incarnation, '{systemId}', '"99"')`,
    );
    await reload();
    await ends('1 a b', '2 a b');
    expect(await conflicts()).toEqual(['3 edit-against-delete']);
  });

  it('are deleted again where an order had brought the delete', async () => {
    await cloud('delete from app.items where id = 3');
    await cycle.quiesce();
    expect(await lines('crm')).toEqual(['1 a b', '2 a b']);
    await restored('cloud', `insert into app.items values ('acme', 3, 'a', 'b'); delete from tidegate.change_log where op = 'D'`);
    await reload();
    await ends('1 a b', '2 a b');
    expect(await conflicts()).toEqual(['3 edit-against-delete']);
  });

  it('are taken back where the CRM keeps them out of the collection', async () => {
    await restored('crm', 'update app.items set hidden = true where id = 3');
    await reload();
    expect(await unconfirmed()).toEqual(['3']);
    await cycle.quiesce();
    expect(await lines('cloud')).toEqual(['1 a b', '2 a b']);
    expect(await lines('crm')).toEqual(['1 a b', '2 a b', '3 a b']);
  });

  it('are none where an edit brings them anyway, or the cloud’s users have deleted them', async () => {
    await cloud(`insert into app.items values ('acme', 4, 'new', 'new')`);
    await restored('crm', `delete from app.items where id = 3; delete from tidegate.change_log where key = '{3}'`);
    await resumeLink(stores.crm.admin, LINK, 'olga', { approvedBy: 'olga', reason: 'test' });
    await open();
    await cloud('delete from app.items where id = 3');
    await cycle.load();
    expect(await unconfirmed()).toEqual([]);
    expect(await told()).toEqual([]);
    await cycle.forward();
    await ends('1 a b', '2 a b', '4 new new');
  });

  it('are told of where as many others are named that are not here', async () => {
    await cloud('delete from app.items where id = 1');
    await restored('cloud', `insert into app.items values ('acme', 9, 'a', 'b')`);
    await reload();
    expect(await lines('cloud')).toEqual(['2 a b', '3 a b', '9 a b']);
    expect(await unconfirmed()).toEqual(['9']);
    await ends('2 a b', '3 a b', '9 a b');
  });
});

describe('a new load into a cloud that had lost its records', () => {
  /** Chunks that said which records they name. */
  const naming = () => controlRows(stores.cloud.admin, `select from tidegate.window_chunk where named is not null`);

  it('names none of them, and what users add while it runs goes its own way', async () => {
    await restored('cloud', 'delete from app.items');
    await resumeLink(stores.crm.admin, LINK, 'olga', { approvedBy: 'olga', reason: 'test' });
    await open();
    await cloud(`insert into app.items values ('acme', 4, 'new', 'new')`);
    await cycle.load();
    expect(await naming()).toEqual([]);
    expect(await unconfirmed()).toEqual([]);
    await cycle.forward();
    await ends('1 a b', '2 a b', '3 a b', '4 new new');
    expect(await conflicts()).toEqual([]);
  });

  it('is told from one into a cloud that has another tenant’s records only', async () => {
    await restored('cloud', `delete from app.items; insert into app.items values ('other', 3, 'theirs', 'theirs')`);
    const begins = () => controlRows<{ empty: boolean }>(stores.cloud.admin, `select began_empty as empty from tidegate.channel where direction = 'forward'`);
    await reload();
    expect(await begins()).toEqual([{ empty: true }]);
    await restored('cloud', `delete from app.items where tenant = 'other'`);
    await ends('1 a b', '2 a b', '3 a b');
    await reload();
    expect(await begins()).toEqual([{ empty: false }]);
    await ends('1 a b', '2 a b', '3 a b');
  });
});

describe('a record that the cloud’s users deleted and made anew', () => {
  it('is no record that a restored cloud has again', async () => {
    await cloud('delete from app.items where id = 3');
    await cycle.quiesce();
    await crm(`update app.items set a = 'later' where id = 1`);
    await cycle.quiesce();
    await cloud(`insert into app.items values ('acme', 3, 'anew', 'anew')`);
    await ends('1 later b', '2 a b', '3 anew anew');
    expect(await conflicts()).toEqual([]);
  });
});

describe('edits of the cloud’s users that wait', () => {
  /** A CRM that was dumped and restored: its windows tell nothing of bases any more. */
  const anotherLife = () => stores.crm.admin.query(`update tidegate.link set incarnation = jsonb_set(incarnation, '{systemId}', '"99"')`);

  it.each([
    ['nothing', '', '2 edited b', []],
    ['another field', `update app.items set b = 'CRM' where id = 2`, '2 edited CRM', []],
    ['the same field', `update app.items set a = 'CRM' where id = 2`, '2 CRM b', ['2 a field']],
  ])('come in after the load where the CRM changed %s', async (_, change, end, kept) => {
    await cloud(`update app.items set a = 'edited' where id = 2`);
    if (change !== '') await crm(change);
    await anotherLife();
    await stores.cloud.admin.query('update tidegate.link set peer_incarnation = null');
    await reload();
    expect(await lines('cloud')).toContain(change.includes(' b ') ? '2 edited CRM' : '2 edited b');
    await ends('1 a b', end, '3 a b');
    expect(await conflicts()).toEqual(kept);
  });

  it('lose against what the CRM changes after the load', async () => {
    await cloud(`update app.items set a = 'edited' where id = 2`);
    await anotherLife();
    await reload();
    await crm(`update app.items set a = 'CRM' where id = 2`);
    await ends('1 a b', '2 CRM b', '3 a b');
    expect(await conflicts()).toEqual(['2 a field']);
  });

  it('go again where the CRM was restored from before it took them', async () => {
    await cloud(`update app.items set a = 'taken' where id = 2`);
    await cycle.reverse();
    expect(await lines('crm')).toContain('2 taken b');
    await restored(
      'crm',
      `update app.items set a = 'a' where id = 2; update tidegate.channel set ordinal = ordinal - 1, peer_cursor = null where direction = 'reverse';
       delete from tidegate.window w using tidegate.channel c where w.direction = 'reverse' and c.direction = 'reverse' and w.ordinal > c.ordinal;
       delete from tidegate.change_log where op = 'U'`,
    );
    await reload();
    expect(await lines('cloud')).toContain('2 taken b');
    await ends('1 a b', '2 taken b', '3 a b');
    expect(await conflicts()).toEqual([]);
  });

  it('are not asked again where the CRM remembers them', async () => {
    await cloud(`update app.items set a = 'taken' where id = 2`);
    await cycle.quiesce();
    await reload();
    expect(await cycle.reverse()).toBe(0);
  });
});

describe('a generation', () => {
  it.each([
    [1, 2, 3],
    [1, 5, 6],
    [7, 2, 8],
  ])('that neither side has worked in begins where the CRM is at %i and the cloud at %i', async (atCrm, atCloud, next) => {
    await stores.crm.admin.query('update tidegate.link set generation = $1', [atCrm]);
    await stores.cloud.admin.query('update tidegate.link set generation = $1', [atCloud]);
    await stores.cloud.admin.query('update tidegate."window" set generation = $1', [atCloud]);
    expect(await reload()).toEqual({ crm: next, cloud: next });
    await ends('1 a b', '2 a b', '3 a b');
  });
});

describe('a window in a store that is not the one that opened the link', () => {
  it.each(['crm', 'cloud'] as const)('is refused at the %s, and nothing of it is stored', async (side) => {
    if (side === 'crm') await cloud(`update app.items set a = 'edited' where id = 2`);
    else await crm(`update app.items set a = 'edited' where id = 2`);
    const window = side === 'crm' ? await cycle.readReverse() : await cycle.readForward();
    if (window === undefined) throw new Error('there is no window');
    const { incarnation } = await linkOf(side);
    await stores[side].admin.query(`update tidegate.link set incarnation = jsonb_set(incarnation, '{timeline}', '99')`);
    await expect(cycle.deliver(window)).rejects.toMatchObject({ code: 'incarnation-changed', message: expect.stringMatching('timeline') });
    expect(await lines(side)).toEqual(['1 a b', '2 a b', '3 a b']);
    await stores[side].admin.query('update tidegate.link set incarnation = $1', [incarnation]);
    await cycle.confirm(window, await cycle.deliver(window));
  });
});

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { controlRows } from '../../../../adaptor/data/control-rows.ts';
import { injectWindow } from '../../../../adaptor/data/injection/inject-window.ts';
import { translateDatabaseError } from '../../../../adaptor/data/database-error.ts';
import type { ReleaseClaims, ReleaseOrder } from '../../../../exchange/release.ts';
import { codeOf } from '../../../support/code-of.ts';
import { type HandMadeRow, handMadeWindow, orderFor } from '../../../support/hand-made-window.ts';
import { type TwoStores, openTwoStores } from '../../../support/two-stores.ts';
import { accept, apply, claimsFor, decide, fingerprint, waitingRows } from './release-fixture.ts';

/* Writes after a message was accepted (rule 5): only under a release, once, and only what it names. */

let stores: TwoStores;
let ordinal = 0;

beforeAll(async () => {
  stores = await openTwoStores({
    crmSql: `create table app.items (id int primary key, code varchar(5), amount int check (amount < 100), note text, owner text)`,
    cloudSql: `create table app.items (tenant text, id int, code text, amount text, note text, owner text, primary key (tenant, id))`,
    collections: [{ table: 'items', fields: ['id', 'code', 'amount', 'note', { column: 'owner', authority: 'crm' }] }],
  });
});
afterAll(async () => stores[Symbol.asyncDispose]());

beforeEach(async () => {
  await stores.crm.admin.query(`
    truncate app.items; delete from tidegate.change_log; delete from tidegate.quarantine; delete from tidegate.conflict; delete from tidegate.ledger_entry;
    insert into app.items values (1, 'one', 1, 'n', 'ann'), (2, 'two', 2, 'n', 'ann'); delete from tidegate.change_log`);
});

/** Brings rows of the cloud in, as an ordinary window under a message. */
async function reverse(...rows: readonly HandMadeRow[]) {
  const order = orderFor(stores.crmPlan);
  const messageId = await stores.accept([order]);
  const window = handMadeWindow(stores.crmPlan, { ordinal: ordinal + 1, rows, order, messageId });
  const { books } = await injectWindow(stores.crm.reverse, window);
  ordinal++;
  return books;
}
const change = (id: number, fields: Record<string, string | null>, base = '0'): HandMadeRow => ({
  op: 'U',
  changed: Object.keys(fields).join('|'),
  base,
  actor: 'cloud user',
  fields: { id: String(id), ...fields },
});
const items = () => controlRows<Record<string, unknown>>(stores.crm.admin, 'select * from app.items order by id');
const log = () => controlRows<Record<string, unknown>>(stores.crm.admin, 'select key, op, origin, actor from tidegate.change_log order by id');

async function quarantined(fields: Record<string, string | null> = { code: 'much longer', note: 'new' }, id = 1): Promise<number> {
  expect(await reverse(change(id, fields))).toMatchObject({ quarantined: 1 });
  return (await waitingRows(stores)).at(-1)?.id ?? 0;
}

describe('a record that was set aside', () => {
  it('is tried again, and goes in once the table takes it', async () => {
    const subject = await quarantined();
    const before = await fingerprint(stores, 'app.items');
    expect(await codeOf(decide(stores, { act: 'retry', subject }))).toBe('value-too-long');
    expect(await fingerprint(stores, 'app.items')).toBe(before);
    await stores.crm.admin.query('alter table app.items alter code type varchar(20)');
    expect(await decide(stores, { act: 'retry', subject })).toBe('applied');
    expect(await items()).toMatchObject([{ id: 1, code: 'much longer', note: 'new', amount: 1, owner: 'ann' }, { id: 2 }]);
    // It came from the cloud, and does not go back there.
    expect(await log()).toEqual([{ key: ['1'], op: 'U', origin: 'acme/test/hub', actor: null }]);
    await stores.crm.admin.query(`update app.items set code = 'one'; alter table app.items alter code type varchar(5)`);
  });

  it('is edited: the new values go in as the editor’s own, and travel back', async () => {
    const subject = await quarantined();
    expect(await decide(stores, { act: 'edit', subject, values: { code: 'short', amount: '7' } })).toBe('applied');
    expect(await items()).toMatchObject([{ id: 1, code: 'short', note: 'new', amount: 7 }, { id: 2 }]);
    expect(await log()).toEqual([{ key: ['1'], op: 'U', origin: null, actor: 'anna' }]);
    const [row] = await controlRows<Record<string, unknown>>(stores.crm.admin, 'select * from tidegate.quarantine');
    expect(row).toMatchObject({ state: 'resolved', resolved_by: 'anna', resolved_reason: 'because', record: { code: 'much longer' } });
    const entries = await controlRows<Record<string, unknown>>(
      stores.crm.admin,
      'select op, fields, actor, message_id, run_id, after from tidegate.ledger_entry',
    );
    expect(entries).toEqual([
      {
        op: 'U',
        fields: ['amount', 'code', 'note'],
        actor: 'anna',
        message_id: row?.['release_id'],
        run_id: 'release/test/run',
        after: { amount: '7', code: 'short', note: 'new' },
      },
    ]);
  });

  it('that was new comes in whole', async () => {
    expect(await reverse({ op: 'I', base: '0', fields: { id: '9', code: 'fine', amount: '500', note: 'x' } })).toMatchObject({ quarantined: 1 });
    const subject = (await waitingRows(stores))[0]?.id ?? 0;
    expect(await decide(stores, { act: 'edit', subject, values: { amount: '50' } })).toBe('applied');
    expect((await items())[2]).toMatchObject({ id: 9, code: 'fine', amount: 50, note: 'x', owner: null });
  });

  it('does not overwrite what the CRM changed meanwhile: that is a conflict, kept as any other', async () => {
    const subject = await quarantined({ code: 'much longer', note: 'theirs' });
    await stores.crm.page.query(`update app.items set note = 'ours' where id = 1`);
    expect(await decide(stores, { act: 'edit', subject, values: { code: 'fits' } })).toBe('conflicted');
    expect((await items())[0]).toMatchObject({ code: 'fits', note: 'ours' });
    expect(await controlRows(stores.crm.admin, 'select field, kind, crm_value, cloud_value from tidegate.conflict')).toEqual([
      { field: 'note', kind: 'field', crm_value: 'ours', cloud_value: 'theirs' },
    ]);
  });

  it.each<[string, Partial<Parameters<typeof claimsFor>[1]>, string]>([
    ['with a field that there is not', { act: 'edit', values: { nowhere: 'x' } }, 'bad-request'],
    ['without values', { act: 'edit' }, 'bad-request'],
    ['that there is not', { act: 'retry', subject: 999_999 }, 'record-not-found'],
  ])('%s is refused', async (_what, decision, code) => {
    const subject = await quarantined();
    expect(await codeOf(claimsFor(stores, { act: 'retry', subject, ...decision }))).toBe(code);
  });

  it('is decided once', async () => {
    const subject = await quarantined();
    const late = await claimsFor(stores, { act: 'edit', subject, values: { code: 'b' } });
    await decide(stores, { act: 'edit', subject, values: { code: 'a' } });
    expect(await codeOf(claimsFor(stores, { act: 'retry', subject }))).toBe('already-decided');
    await accept(stores, late);
    expect(await codeOf(apply(stores, late, { values: { code: 'b' } }))).toBe('already-decided');
    expect((await items())[0]).toMatchObject({ code: 'a' });
  });
});

describe('a release that does not hold: refused, and nothing changed', () => {
  const otherRecord = (claims: ReleaseClaims): ReleaseClaims => ({
    ...claims,
    orders: claims.orders.map((order) => ({ ...order, keys: [['2']], localKeys: [['2']] })),
  });
  const otherField = (claims: ReleaseClaims): ReleaseClaims => ({ ...claims, orders: claims.orders.map((order) => ({ ...order, fields: ['amount'] })) });
  it.each<[string, string, (claims: ReleaseClaims) => ReleaseClaims, boolean]>([
    ['never verified', 'release-not-accepted', (claims) => claims, false],
    ['for other content', 'release-mismatch', (claims) => ({ ...claims, content: 'A'.repeat(43) }), true],
    ['for another record', 'release-mismatch', otherRecord, true],
    ['for another field', 'field-not-authorised', otherField, true],
    [
      'for another operation',
      'field-not-authorised',
      (claims) => ({ ...claims, orders: claims.orders.map((order) => ({ ...order, operations: ['D' as const] })) }),
      true,
    ],
    ['expired', 'message-expired', (claims) => ({ ...claims, exp: claims.iat - 1 }), true],
  ])('%s: %s', async (_what, code, alter, accepted) => {
    const subject = await quarantined();
    const claims = alter(await claimsFor(stores, { act: 'edit', subject, values: { code: 'ok' } }));
    if (accepted) await accept(stores, claims);
    const before = await fingerprint(stores, 'app.items');
    const refused = await codeOf(apply(stores, claims, { values: { code: 'ok' } }));
    expect(refused === 'message-not-accepted' ? 'release-not-accepted' : refused).toBe(code);
    expect(await fingerprint(stores, 'app.items')).toBe(before);
  });

  it('whose record was altered after it was signed', async () => {
    const subject = await quarantined();
    const claims = await claimsFor(stores, { act: 'edit', subject, values: { code: 'ok' } });
    await accept(stores, claims);
    expect(await codeOf(apply(stores, claims, { values: { code: 'evil' } }))).toBe('release-mismatch');
    await stores.crm.admin.query(`update tidegate.quarantine set record = record || '{"note": "evil"}'`);
    expect(await codeOf(apply(stores, claims, { values: { code: 'ok' } }))).toBe('release-mismatch');
    expect((await items())[0]).toMatchObject({ code: 'one', note: 'n' });
  });

  it('used twice answers what it did, and writes nothing again', async () => {
    const subject = await quarantined();
    const claims = await claimsFor(stores, { act: 'edit', subject, values: { code: 'ok' } });
    await accept(stores, claims);
    expect(await apply(stores, claims, { values: { code: 'ok' } })).toBe('applied');
    await stores.crm.page.query(`update app.items set code = 'mine' where id = 1`);
    const before = await fingerprint(stores, 'app.items');
    expect(await apply(stores, claims, { values: { code: 'ok' } })).toBe('applied');
    expect(await fingerprint(stores, 'app.items')).toBe(before);
  });

  it('while the link is paused', async () => {
    const subject = await quarantined();
    const claims = await claimsFor(stores, { act: 'edit', subject, values: { code: 'ok' } });
    await accept(stores, claims);
    await stores.crm.admin.query(`update tidegate.link set state = 'paused'`);
    expect(await codeOf(apply(stores, claims, { values: { code: 'ok' } }))).toBe('link-stopped');
    await stores.crm.admin.query(`update tidegate.link set state = 'open'`);
  });
});

describe('the database itself holds the reverse role to a release', () => {
  /** Writes as the reverse role, past all code; gives `written` or the code of the refusal. Committed where it passes. */
  async function write(id: string, sql: string, spend = true): Promise<string> {
    const client = await stores.crm.reverse.connect();
    try {
      await client.query('begin');
      await client.query(`select set_config('tidegate.message', $1, true), set_config('tidegate.link', 'acme/test/hub', true)`, [id]);
      if (spend) await client.query('insert into tidegate.release_use (release_id) values ($1)', [id]);
      await client.query(sql);
      await client.query('commit');
      return 'written';
    } catch (error) {
      await client.query('rollback');
      return (translateDatabaseError(error) as { code: string }).code;
    } finally {
      client.release();
    }
  }
  async function release(order: Partial<ReleaseOrder> = {}): Promise<string> {
    const full = { collection: 'items', fields: ['code'], operations: ['U' as const], keys: [['1']], localKeys: [['1']], ...order };
    const claims = { jti: randomUUID(), exp: Math.floor(Date.now() / 1000) + 60, orders: [full] } as unknown as ReleaseClaims;
    await accept(stores, claims);
    return claims.jti;
  }
  const UPDATE = `update app.items set code = 'x' where id = 1`;

  it('lets through what it names', async () => {
    expect(await write(await release(), UPDATE)).toBe('written');
    expect(await write(await release({ operations: ['D'], fields: [] }), 'delete from app.items where id = 1')).toBe('written');
    expect(await write(await release({ operations: ['I'], keys: [['5']], localKeys: [['5']] }), `insert into app.items (id, code) values (5, 'x')`)).toBe(
      'written',
    );
  });

  it.each<[string, string, Partial<ReleaseOrder>, string, boolean?]>([
    ['not spent in the transaction', 'release-not-accepted', {}, UPDATE, false],
    ['another record', 'release-mismatch', {}, `update app.items set code = 'x' where id = 2`],
    ['another record beside it', 'release-mismatch', {}, `update app.items set code = 'x'`],
    ['another field', 'field-not-authorised', {}, `update app.items set note = 'x' where id = 1`],
    ['another operation', 'scope-denied', {}, 'delete from app.items where id = 1'],
    ['another collection', 'scope-denied', { collection: 'others' }, UPDATE],
    ['a delete of another record', 'release-mismatch', { operations: ['D'], fields: [] }, 'delete from app.items'],
    ['a new record of another key', 'release-mismatch', { operations: ['I'] }, `insert into app.items (id, code) values (6, 'x')`],
    [
      'two records where one gets its key',
      'release-mismatch',
      { operations: ['I'], localKeys: null },
      `insert into app.items (id, code) values (6, 'x'), (7, 'x')`,
    ],
    ['a field of the CRM’s', 'database-refused', { fields: ['owner'] }, `update app.items set owner = 'eve' where id = 1`],
  ])('%s: %s', async (_what, code, order, sql, spend) => {
    const before = await fingerprint(stores, 'app.items');
    expect(await write(await release(order), sql, spend)).toBe(code);
    expect(await fingerprint(stores, 'app.items')).toBe(before);
  });

  it('once: neither again, nor in a second transaction, nor by taking the use back', async () => {
    const id = await release();
    expect(await write(id, UPDATE)).toBe('written');
    expect(await write(id, `update app.items set code = 'y' where id = 1`)).toBe('database-refused');
    expect(await write(id, `update app.items set code = 'y' where id = 1`, false)).toBe('release-not-accepted');
    for (const sql of [
      `delete from tidegate.release_use where release_id = '${id}'`,
      `update tidegate.release_use set xid = pg_current_xact_id() where release_id = '${id}'`,
      `insert into tidegate.release_use (release_id, xid) values (gen_random_uuid(), '9')`,
      `insert into tidegate.accepted_message (message_id, kind, link, digest, orders, expires_at) values (gen_random_uuid(), 'release', 'l', 'd', '[]', now())`,
      `insert into tidegate.release (id, link, act, subject, requested_by, reason) values (gen_random_uuid(), 'l', 'retry', 1, 'eve', 'x')`,
    ])
      expect(await write(id, sql, false)).toBe('database-refused');
  });

  it('the page may ask, and neither sign nor accept nor write', async () => {
    const page = (sql: string) =>
      stores.crm.page.query(sql).then(
        () => 'done',
        (error: unknown) => (error as { code: string }).code,
      );
    const ask = (more = '', value = '') =>
      page(
        `insert into tidegate.release (id, link, act, subject, requested_by, reason${more}) values (gen_random_uuid(), 'l', 'retry', 1, 'ann', 'x'${value})`,
      );
    expect(await ask()).toBe('done');
    expect(await ask(', jws', `, 'forged'`)).toBe('42501');
    expect(await ask(', state', `, 'signed'`)).toBe('42501');
    expect(await page(`update tidegate.quarantine set record = '{}'`)).toBe('42501');
    expect(await page(`update tidegate.conflict set cloud_value = '1'`)).toBe('42501');
    expect(await page(`insert into tidegate.release_use (release_id) values (gen_random_uuid())`)).toBe('42501');
  });
});

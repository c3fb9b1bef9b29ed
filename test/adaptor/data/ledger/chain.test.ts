import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { controlRow, controlRows } from '../../../../adaptor/data/control-rows.ts';
import { injectWindow } from '../../../../adaptor/data/injection/inject-window.ts';
import { type ExportedBatch, type ExportHeading, exportLedger } from '../../../../adaptor/data/ledger/export-ledger.ts';
import { inTransaction } from '../../../../adaptor/data/pool.ts';
import { recordAudit } from '../../../../adaptor/data/state/audit.ts';
import { handMadeWindow, orderFor } from '../../../support/hand-made-window.ts';
import { type LedgerFixture, openLedger } from './ledger-fixture.ts';

let ledger: LedgerFixture;
beforeAll(async () => {
  ledger = await openLedger();
});
afterAll(() => ledger[Symbol.asyncDispose]());

const last = async () => (await controlRow<{ n: number }>(ledger.stores.crm.admin, 'select max(sequence) as n from tidegate.ledger_batch'))?.n ?? 0;

describe('the chain', () => {
  it('takes its links in the transaction that writes the data, at its commit, or not at all', async () => {
    const before = await last();
    const { consumer } = ledger.stores.crm;
    await inTransaction(consumer, async (client) => {
      await recordAudit(client, { event: 'link-paused' });
      const [open] = await controlRows(client, `select sequence from tidegate.ledger_batch where facts ->> 'event' = 'link-paused' order by id desc limit 1`);
      // The lock is not held yet: others go on meanwhile.
      expect(open).toEqual({ sequence: null });
      await recordAudit(consumer, { event: 'link-resumed' });
      expect(await last()).toBe(before + 1);
    });
    expect(await last()).toBe(before + 2);
    await inTransaction(consumer, async (client) => {
      await recordAudit(client, { event: 'link-paused' });
      throw new Error('broken off');
    }).catch(() => undefined);
    expect(await last()).toBe(before + 2);
    expect(await ledger.faults()).toEqual([]);
  });

  it('has no gap and no fork where many transactions commit at once, each with locks of its own', async () => {
    const { consumer } = ledger.stores.crm;
    const before = await last();
    await Promise.all(
      Array.from({ length: 60 }, (_, i) =>
        inTransaction(consumer, async (client) => {
          await recordAudit(client, { event: 'link-paused', subject: String(i) });
          await client.query('select pg_advisory_xact_lock($1)', [i % 3]);
          await recordAudit(client, { event: 'link-resumed', subject: String(i) });
        }),
      ),
    );
    expect(await last()).toBe(before + 120);
    expect(await ledger.faults()).toEqual([]);
  });

  it('leaves a record that the store refuses out, and seals its neighbours', async () => {
    const plan = ledger.stores.crmPlan;
    const order = orderFor(plan);
    const messageId = await ledger.stores.accept([order]);
    const place = await controlRow<{ n: number }>(ledger.stores.crm.admin, `select ordinal + 1 as n from tidegate.channel where direction = 'reverse'`);
    const rows = [1, 2, 3, 4].map((n) => ({ op: 'I' as const, base: '0', fields: { id: String(200 + n), name: n === 2 ? null : 'new' } }));
    const done = await injectWindow(ledger.stores.crm.reverse, handMadeWindow(plan, { ordinal: place?.n ?? 0, messageId, order, rows }));
    expect(done.books).toMatchObject({ applied: 3, quarantined: 1 });
    expect(await controlRow(ledger.stores.crm.admin, 'select kind, entries from tidegate.ledger_batch where message_id = $1', [messageId])).toEqual({
      kind: 'window',
      entries: 3,
    });
    expect(await ledger.faults()).toEqual([]);
  });

  it.each([
    ['tidegate_reverse', 'update tidegate.ledger_entry set actor = null'],
    ['tidegate_reverse', 'delete from tidegate.ledger_entry'],
    ['tidegate_reverse', 'truncate tidegate.ledger_entry'],
    ['tidegate_reverse', 'update tidegate.ledger_batch set sequence = 1'],
    ['tidegate_reverse', `insert into tidegate.ledger_batch (kind) values ('act')`],
    ['tidegate_reverse', 'insert into tidegate.ledger_batch (sequence) values (9)'],
    ['tidegate_consumer', 'delete from tidegate.ledger_batch'],
    ['tidegate_consumer', 'insert into tidegate.ledger_batch (link) values (null)'],
    ['tidegate_consumer', 'update tidegate.ledger_head set jws = null'],
    ['tidegate_consumer', 'delete from tidegate.ledger_head'],
    ['crm_page', 'update tidegate.ledger_entry set after = null'],
    ['crm_page', 'insert into tidegate.ledger_head (sequence) values (1)'],
  ])('is appended to only: %s may not %s', async (role, sql) => {
    const pools = { tidegate_reverse: ledger.stores.crm.reverse, tidegate_consumer: ledger.stores.crm.consumer, crm_page: ledger.stores.crm.page };
    await expect(pools[role as keyof typeof pools].query(sql)).rejects.toMatchObject({ code: '42501' });
  });

  it.each([
    ['note_in_ledger', 'create temporary table trusted_key (kid text)'],
    ['seal_ledger_batch', 'create temporary table ledger_batch (id bigint)'],
  ])('cannot be written by hanging %s on a table of one’s own', async (name, table) => {
    const mine = table.split(' ')[3];
    const forge = ledger.stores.crm.reverse.query(
      `begin; ${table}; create trigger t after insert on pg_temp.${mine} for each row execute function tidegate.${name}(); commit`,
    );
    await expect(forge).rejects.toMatchObject({ code: '42501' });
  });

  it('no value is kept without the hash that the chain covers', async () => {
    const insert = `insert into tidegate.ledger_entry (link, collection, key, op, fields, message_id, batch_id, after) values ('l', 'c', '{}', 'I', '{}', gen_random_uuid(), gen_random_uuid(), '{}')`;
    await expect(ledger.stores.crm.reverse.query(insert)).rejects.toMatchObject({ code: '23514' });
  });
});

describe('an export', () => {
  const sha256 = (...parts: readonly (Buffer | string)[]): Buffer => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();

  it('is verified by whoever has SHA-256, without the database', async () => {
    const lines: (ExportHeading | ExportedBatch)[] = [];
    for await (const line of exportLedger(ledger.stores.crm.consumer, true)) lines.push(line);
    const [heading, ...batches] = lines as [ExportHeading, ...ExportedBatch[]];
    expect(heading.genesis).toBe(sha256(`tidegate ledger ${heading.store}`).toString('hex'));
    let head: Buffer = Buffer.from(heading.genesis, 'hex');
    let values = 0;
    for (const [i, { sequence, text, entries, ...batch }] of batches.entries()) {
      expect(sequence).toBe(i + 1);
      const place = Buffer.alloc(8);
      place.writeBigInt64BE(BigInt(sequence));
      head = sha256(head, place, sha256(text));
      expect(batch.head).toBe(head.toString('hex'));
      expect((JSON.parse(text) as unknown[]).slice(-2)).toEqual([entries.length, sha256(...entries.map((entry) => sha256(entry.text))).toString('hex')]);
      for (const { text: entry, salt, before, after } of entries) {
        const hashed = [before, after].map((value) => (value == null ? null : sha256(Buffer.from(salt ?? '', 'hex'), value).toString('hex')));
        expect((JSON.parse(entry) as unknown[]).slice(-2)).toEqual(hashed);
        values += hashed.filter((hash) => hash !== null).length;
      }
    }
    expect(head.toString('hex')).toBe(heading.head);
    expect(values).toBeGreaterThan(10);
  });

  it('holds no record content unless it is asked for', async () => {
    let text = '';
    for await (const line of exportLedger(ledger.stores.crm.consumer, false)) text += JSON.stringify(line);
    for (const content of ['first', 'second', 'made there', 'item 7', 'salt']) expect(text.includes(content)).toBe(false);
  });
});

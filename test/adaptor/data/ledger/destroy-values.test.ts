import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { controlRow, controlRows } from '../../../../adaptor/data/control-rows.ts';
import { destroyValues } from '../../../../adaptor/data/ledger/destroy-values.ts';
import { type LedgerFixture, openLedger } from './ledger-fixture.ts';

let ledger: LedgerFixture;
beforeAll(async () => {
  ledger = await openLedger();
  await ledger.remember();
});
afterEach(() => ledger.restore());
afterAll(() => ledger[Symbol.asyncDispose]());

const entriesOf = async (key: string) =>
  (
    await controlRows<{ id: number }>(ledger.stores.crm.consumer, 'select id from tidegate.ledger_entry where collection = $1 and key = $2', ['items', [key]])
  ).map(({ id }) => id);

describe('destroying the values of a record', () => {
  it('leaves nothing of them, and a ledger that verifies and says who did it', async () => {
    const entries = await entriesOf('3');
    expect(entries).toHaveLength(2);
    expect(await destroyValues(ledger.stores.crm.consumer, { entries, by: 'anna', reason: 'erasure' })).toBe(2);
    const rows = await controlRows(ledger.stores.crm.admin, 'select before, after, salt, op, fields from tidegate.ledger_entry where id = any ($1::bigint[])', [
      entries,
    ]);
    expect(rows).toEqual([1, 2].map(() => ({ before: null, after: null, salt: null, op: 'U', fields: ['note'] })));
    expect(await ledger.verify()).toMatchObject({ faults: [], destroyed: 2 });
    expect(await controlRow(ledger.stores.crm.admin, `select facts from tidegate.ledger_batch where kind = 'destroyed'`)).toMatchObject({
      facts: { by: 'anna', reason: 'erasure', role: 'tidegate_consumer', count: 2, entries: expect.stringMatching(/^\{\[/) },
    });
  });

  it('is done once: again it finds nothing and says nothing', async () => {
    const order = { entries: await entriesOf('3'), by: 'anna', reason: 'erasure' };
    await destroyValues(ledger.stores.crm.consumer, order);
    expect(await destroyValues(ledger.stores.crm.consumer, order)).toBe(0);
    expect(await destroyValues(ledger.stores.crm.consumer, { ...order, entries: [] })).toBe(0);
    expect(await controlRow(ledger.stores.crm.admin, `select count(*) as n from tidegate.ledger_batch where kind = 'destroyed'`)).toEqual({ n: 1 });
  });

  it('covers no other entry: what goes beside it is found', async () => {
    await destroyValues(ledger.stores.crm.consumer, { entries: await entriesOf('3'), by: 'anna', reason: 'erasure' });
    await ledger.damage(`update tidegate.ledger_entry set before = null, after = null, salt = null where key = '{4}'`);
    expect(await ledger.faults()).toEqual(['value-missing']);
  });

  it('cannot be forged: the act is sealed as any other', async () => {
    await destroyValues(ledger.stores.crm.consumer, { entries: await entriesOf('3'), by: 'anna', reason: 'erasure' });
    await ledger.damage(`update tidegate.ledger_batch set facts = facts || '{"entries": "{[1,1000)}"}' where kind = 'destroyed'`);
    expect(await ledger.faults()).toEqual(['batch-altered']);
  });

  it.each(['reverse', 'page', 'verifier'] as const)('is not for the role of the %s', async (role) => {
    const destroy = destroyValues(ledger.stores.crm[role], { entries: [1], by: 'x', reason: 'x' });
    await expect(destroy).rejects.toMatchObject({ code: '42501' });
  });

  it('makes equal values unequal before: nothing can be guessed from a hash', async () => {
    const hashes = await controlRows(ledger.stores.crm.admin, `select after_hash from tidegate.ledger_entry where after = '{"note": "first"}'`);
    expect(hashes).toHaveLength(5);
    expect(new Set(hashes.map((row) => JSON.stringify(row))).size).toBe(5);
  });
});

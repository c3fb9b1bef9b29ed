import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { signLedgerHead } from '../../../../adaptor/auth/ledger-head.ts';
import { generateSigningKey } from '../../../../adaptor/auth/signing-key.ts';
import { controlRow, controlRows } from '../../../../adaptor/data/control-rows.ts';
import { readChainState } from '../../../../adaptor/data/ledger/chain-state.ts';
import { listHeads } from '../../../../adaptor/data/ledger/ledger-heads.ts';
import { readIncarnation } from '../../../../adaptor/data/incarnation.ts';
import { inTransaction } from '../../../../adaptor/data/pool.ts';
import { beginGeneration } from '../../../../adaptor/data/state/generation.ts';
import { linkName } from '../../../../exchange/names.ts';
import { TEST_LINK } from '../../../support/captured-table.ts';
import { type LedgerFixture, openLedger } from './ledger-fixture.ts';

let ledger: LedgerFixture;
let heads: readonly string[];

beforeAll(async () => {
  ledger = await openLedger();
  await ledger.sign();
  heads = (await listHeads(ledger.stores.crm.consumer)).map(({ jws }) => jws);
  await ledger.remember();
});
afterEach(() => ledger.restore());
afterAll(() => ledger[Symbol.asyncDispose]());

const crm = <T>(sql: string) => controlRows<T>(ledger.stores.crm.admin, sql);

/** Seals everything from a batch on anew, as somebody would who has every right and knows how. */
const resealFrom = (sequence: number) => `
  do $$ declare b tidegate.ledger_batch; h bytea; begin
    for b in select * from tidegate.ledger_batch where sequence >= ${sequence} order by sequence loop
      select head into h from tidegate.ledger_batch where sequence = b.sequence - 1;
      select * into b.entries, b.digest from tidegate.ledger_entries_of(b.batch_id);
      b.content := sha256(convert_to(tidegate.ledger_batch_text(b), 'UTF8'));
      update tidegate.ledger_batch set entries = b.entries, digest = b.digest, content = b.content,
        head = tidegate.ledger_next_head(coalesce(h, tidegate.ledger_genesis()), b.sequence, b.content) where id = b.id;
    end loop; end $$`;

describe('the ledger', () => {
  it('covers what went out, what came in, acts and keys, and holds', async () => {
    const verified = await ledger.verify();
    expect(verified.faults).toEqual([]);
    expect(verified).toMatchObject({ heads: 1, signedUpTo: verified.sequence, destroyed: 0, entries: 12 });
    const kinds = await crm(
      `select kind, facts ->> 'direction' as way, count(*) as n, sum(entries) as entries from tidegate.ledger_batch group by 1, 2 order by 1, 2`,
    );
    expect(kinds).toEqual([
      // Beside the key's row, the act of adding it.
      { kind: 'act', way: null, n: 2, entries: 0 },
      { kind: 'chunk', way: 'forward', n: 1, entries: 0 },
      { kind: 'key', way: null, n: 1, entries: 0 },
      { kind: 'window', way: 'forward', n: 2, entries: 0 },
      { kind: 'window', way: 'reverse', n: 3, entries: 12 },
    ]);
  });

  it('holds after a restore: snapshots of another life of the store are put out of use with a new generation, and nothing else', async () => {
    const { consumer, admin } = ledger.stores.crm;
    const now = await readIncarnation(consumer);
    const before = { ...now, systemId: '1' };
    const approval = { approvedBy: 'olga', reason: 'a store was restored' };
    const link = linkName(TEST_LINK);
    const next = { link, side: 'crm', generation: 2, approval, positions: [], before, now, edits: [] } as const;
    // The heads that were signed before are still those of the chain.
    try {
      await inTransaction(consumer, (client) => beginGeneration(client, next));
      expect(await crm(`select from tidegate."window" where from_snapshot is not null or to_snapshot is not null`)).toEqual([]);
      expect(await ledger.verify(heads)).toMatchObject({ faults: [], heads: 2 });
      // Windows of the new life keep theirs, and those of the one before still cannot be altered otherwise.
      await ledger.damage(`update tidegate."window" set applied = 4, unchanged = 1 where direction = 'reverse' and applied = 5`);
      expect(await ledger.faults()).toEqual(['window-altered']);
      await ledger.restore();
      await ledger.damage(
        `update tidegate."window" set from_snapshot = null, to_snapshot = null where direction = 'forward' and kind = 'delta'; update tidegate.link set generation = 1`,
      );
      expect(await ledger.faults()).toEqual(['window-altered']);
    } finally {
      await admin.query(`update tidegate.link set generation = 1, reload = null; update tidegate.channel set state = 'open'`);
    }
  });

  it('names counts, digest, receipt and order of every batch', async () => {
    const [batch] = await crm<{ facts: object; sealed: boolean }>(
      `select facts, sealed_at >= created_at as sealed from tidegate.ledger_batch where kind = 'window' and facts ->> 'direction' = 'reverse' order by sequence limit 1`,
    );
    expect(batch).toMatchObject({
      sealed: true,
      facts: { offered: 5, applied: 5, order: 'message', orderDigest: 'digest', receipt: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
  });

  it.each([
    [
      'a value edited',
      `update tidegate.ledger_entry set after = '{"note": "forged"}' where id = (select min(id) from tidegate.ledger_entry)`,
      ['value-altered'],
    ],
    ['a value removed without a trace', `update tidegate.ledger_entry set after = null, before = null, salt = null where op = 'I'`, ['value-missing']],
    [
      'a value edited with its hash',
      `update tidegate.ledger_entry set after = '{"a": "b"}', after_hash = tidegate.ledger_value_hash(salt, '{"a": "b"}') where op = 'I'`,
      ['entry-altered'],
    ],
    ['who changed it', `update tidegate.ledger_entry set actor = 'somebody else' where op = 'D'`, ['entry-altered']],
    ['which order brought it', `update tidegate.ledger_entry set message_id = gen_random_uuid() where op = 'D'`, ['entry-altered']],
    ['when', `update tidegate.ledger_entry set created_at = created_at - interval '1 day' where op = 'D'`, ['entry-altered']],
    ['an entry deleted', `delete from tidegate.ledger_entry where op = 'D'`, ['entry-missing']],
    [
      'an entry added',
      `insert into tidegate.ledger_entry (link, collection, key, op, fields, message_id, batch_id, created_at)
       select link, collection, '{5}', 'D', '{}', message_id, batch_id, created_at from tidegate.ledger_entry where op = 'D'`,
      ['entry-added'],
    ],
    [
      'an entry of no batch',
      `insert into tidegate.ledger_entry (link, collection, key, op, fields, message_id, batch_id) values ('l', 'c', '{5}', 'D', '{}', gen_random_uuid(), gen_random_uuid())`,
      ['entry-unchained'],
    ],
    [
      'two entries reordered',
      `update tidegate.ledger_entry set id = case key[1] when '2' then -3 else -2 end where key[1] in ('2', '3') and after ->> 'note' = 'first'`,
      ['entry-altered'],
    ],
    [
      'counts of a batch',
      `update tidegate.ledger_batch set facts = facts || '{"applied": 4}' where kind = 'window' and facts ->> 'applied' = '5'`,
      ['batch-altered', 'window-altered'],
    ],
    ['an act', `update tidegate.ledger_batch set facts = facts || '{"subject": "bob"}' where kind = 'act'`, ['act-altered', 'batch-altered']],
    ['a batch deleted', `delete from tidegate.ledger_batch where kind = 'chunk' and facts ->> 'chunk' = '0'`, ['batch-missing']],
    [
      'two batches reordered',
      `update tidegate.ledger_batch set sequence = -sequence where sequence in (2, 3); update tidegate.ledger_batch set sequence = 5 + sequence where sequence < 0`,
      ['order-broken'],
    ],
    ['a batch never sealed', `insert into tidegate.ledger_batch (facts) values ('{}')`, ['batch-unsealed']],
    ['the counts of a window', `update tidegate."window" set applied = 4, unchanged = 1 where direction = 'reverse' and applied = 5`, ['window-altered']],
    ['the receipt of a window', `update tidegate."window" set receipt = 'forged' where direction = 'forward' and kind = 'delta'`, ['window-altered']],
    ['the receipt of a chunk', `update tidegate.window_chunk set receipt = 'forged' where chunk = 0`, ['window-altered']],
    [
      'a window put in',
      `insert into tidegate."window" (link, collection, direction, ordinal, kind, batch_id, state) select link, collection, 'forward', 77, 'delta', gen_random_uuid(), 'receipted' from tidegate.channel limit 1`,
      ['window-unchained'],
    ],
    ['an event of the audit log', `update tidegate.audit_event set subject = 'bob'`, ['act-altered']],
    ['an event put in', `insert into tidegate.audit_event (event, subject) values ('link-resumed', 'bob')`, ['act-unchained']],
    ['a key taken back into use', `update tidegate.trusted_key set not_after = now() + interval '9 years'`, ['key-altered']],
    [
      'a key put in',
      `insert into tidegate.trusted_key (kid, party, jwk, not_before, not_after) values ('k', 'crm:a/b/c', '{}', now(), now())`,
      ['key-altered'],
    ],
  ])('finds what a superuser does: %s', async (_what, sql, faults) => {
    await ledger.damage(sql);
    expect(await ledger.faults()).toEqual(faults);
  });

  it('finds entries without an order, though whoever wrote them had the right to append', async () => {
    const batch = '00000000-0000-4000-8000-00000000000b';
    await ledger.stores.crm.reverse.query(`
      begin;
      insert into tidegate.ledger_batch (link, collection, message_id, batch_id) values ('acme/test/hub', 'items', '${batch}', '${batch}');
      insert into tidegate.ledger_entry (link, collection, key, op, fields, message_id, batch_id) values ('acme/test/hub', 'items', '{1}', 'U', '{name}', '${batch}', '${batch}');
      commit`);
    expect(await ledger.faults()).toEqual(['order-missing']);
  });

  it('names the batch, the entry and the place', async () => {
    await ledger.damage(`update tidegate.ledger_entry set after = '{"note": "forged"}' where key = '{99}'`);
    const entry = await controlRow<{ id: number; sequence: number }>(
      ledger.stores.crm.admin,
      `select e.id, b.sequence from tidegate.ledger_entry e join tidegate.ledger_batch b using (batch_id) where e.key = '{99}'`,
    );
    expect((await ledger.verify()).faults).toEqual([{ fault: 'value-altered', sequence: entry?.sequence, subject: `entry ${entry?.id}` }]);
  });
});

describe('signed heads', () => {
  const last = async () => (await readChainState(ledger.stores.crm.admin)).sequence;

  it('find a tail that was cut, which the chain alone cannot', async () => {
    const end = await last();
    const cut = `delete from tidegate.ledger_batch where sequence = ${end}; delete from tidegate.audit_event`;
    await ledger.damage(`${cut}; delete from tidegate.ledger_head`);
    expect(await ledger.faults()).toEqual([]);
    expect(await ledger.faults(heads)).toEqual(['tail-cut']);
    await ledger.restore();
    await ledger.damage(cut);
    expect(await ledger.faults()).toEqual(['tail-cut']);
  });

  it('find a fork: a chain that was written anew and holds in itself', async () => {
    const [entry] = await crm<{ sequence: number }>(
      `select b.sequence from tidegate.ledger_entry e join tidegate.ledger_batch b using (batch_id) where e.key = '{99}'`,
    );
    await ledger.damage(
      `update tidegate.ledger_entry set after = '{"a": "b"}', after_hash = tidegate.ledger_value_hash(salt, '{"a": "b"}') where key = '{99}'; ${resealFrom(entry?.sequence ?? 0)}; delete from tidegate.ledger_head`,
    );
    expect(await ledger.faults()).toEqual([]);
    expect(await ledger.faults(heads)).toEqual(['forked']);
  });

  it('find a batch that was taken out and the rest moved up', async () => {
    await ledger.damage(`
      delete from tidegate.ledger_batch where sequence = 3;
      update tidegate.ledger_batch set sequence = -sequence where sequence > 3; update tidegate.ledger_batch set sequence = -sequence - 1 where sequence < 0; ${resealFrom(3)}`);
    expect(await ledger.faults(heads)).toContain('tail-cut');
  });

  it('hold only with the signature of a key of the CRM, for this store', async () => {
    const state = await readChainState(ledger.stores.crm.admin);
    const stranger = await generateSigningKey('crm:acme/test/hub');
    expect(await ledger.faults([await signLedgerHead(stranger, state)])).toEqual(['head-invalid']);
    expect(await ledger.faults([await signLedgerHead(ledger.key, { ...state, store: '00000000-0000-4000-8000-000000000000' })])).toEqual(['head-invalid']);
    expect(await ledger.faults([heads[0]?.replace(/.{8}$/, 'AAAAAAAA') ?? ''])).toEqual(['head-invalid']);
    expect(await ledger.faults(['no jws'])).toEqual(['head-invalid']);
  });

  it('are signed once for a head', async () => {
    const sequence = await ledger.sign();
    expect(await ledger.sign()).toBe(sequence);
    expect(await listHeads(ledger.stores.crm.consumer)).toHaveLength(1);
  });
});

import { randomUUID } from 'node:crypto';
import { readLedgerHeads, signLedgerHead } from '../../../../adaptor/auth/ledger-head.ts';
import { registerKey } from '../../../../adaptor/auth/register.ts';
import { type SigningKey, generateSigningKey } from '../../../../adaptor/auth/signing-key.ts';
import { headKeys, keepHead, listHeads } from '../../../../adaptor/data/ledger/ledger-heads.ts';
import { type LedgerVerification, verifyLedger } from '../../../../adaptor/data/ledger/verify-ledger.ts';
import { recordAudit } from '../../../../adaptor/data/state/audit.ts';
import { confirmChunk } from '../../../../adaptor/data/state/chunk.ts';
import { EMPTY_BOOKS } from '../../../../exchange/books.ts';
import { DataCycle } from '../../../support/data-cycle.ts';
import { type TwoStores, asCloudUser, openTwoStores } from '../../../support/two-stores.ts';

/** Tables that a test may damage; `restore` puts them back. */
const TABLES = ['ledger_entry', 'ledger_batch', 'ledger_head', '"window"', 'window_chunk', 'audit_event', 'trusted_key'];

/** A store with a history of every kind in its ledger. */
export interface LedgerFixture extends AsyncDisposable {
  readonly stores: TwoStores;
  readonly cycle: DataCycle;
  readonly key: SigningKey;
  /** Signs the present head. */
  sign(): Promise<number>;
  /** Verifies with the heads in the store, and those given. */
  verify(heads?: readonly string[]): Promise<LedgerVerification>;
  /** Names of the faults, sorted, once each. */
  faults(heads?: readonly string[]): Promise<readonly string[]>;
  /** Runs SQL as a superuser whom no trigger stops. */
  damage(sql: string): Promise<void>;
  /** Remembers the ledger as it is now. */
  remember(): Promise<void>;
  restore(): Promise<void>;
}

/** Makes it: a load, forward windows, reverse windows that make, change and delete, an act and a key. */
export async function openLedger(): Promise<LedgerFixture> {
  const stores = await openTwoStores({
    crmSql: `create table app.items (id int primary key, name text not null, note text)`,
    cloudSql: `create table app.items (tenant text, id int, name text not null, note text, primary key (tenant, id))`,
    collections: [{ table: 'items', fields: ['id', 'name', 'note'] }],
  });
  const { admin, consumer, page } = stores.crm;
  const cycle = new DataCycle(stores);
  const key = await generateSigningKey('crm:acme/test/hub');
  await registerKey(admin, { party: key.party, publicJwk: key.publicJwk, notBeforeMs: Date.now() - 60_000, notAfterMs: Date.now() + 3_600_000 });
  await page.query(`insert into app.items select n, 'item ' || n from generate_series(1, 20) n`);
  await cycle.load(0, 8);
  await confirmChunk(consumer, {
    link: 'acme/test/hub',
    collection: 'items',
    direction: 'forward',
    epoch: 1,
    ordinal: 1,
    chunk: 0,
    receipt: { outcome: 'applied', chunk: 0, batchId: randomUUID(), digest: 'd', books: { ...EMPTY_BOOKS, offered: 8, applied: 8 } },
    receiptJws: 'receipt of a chunk',
  });
  await page.query(`update app.items set note = 'of the CRM' where id = 1`);
  await cycle.forward();
  for (const text of ['first', 'second']) {
    await asCloudUser(stores.cloud.user, `update app.items set note = $1 where id between 2 and 6`, [text]);
    await cycle.reverse();
  }
  await asCloudUser(stores.cloud.user, `delete from app.items where id = 7`);
  await asCloudUser(stores.cloud.user, `insert into app.items (tenant, id, name) values ('acme', 99, 'made there')`);
  await cycle.reverse();
  await recordAudit(consumer, { link: 'acme/test/hub', event: 'link-paused', subject: 'anna', facts: { reason: 'lunch' } });

  const damage = async (sql: string): Promise<void> => {
    await admin.query(`begin; set local session_replication_role = replica; ${sql}; commit`);
  };
  const verify = (heads: readonly string[] = []) =>
    verifyLedger(consumer, async (client) => readLedgerHeads([...(await listHeads(client)).map(({ jws }) => jws), ...heads], await headKeys(client)));
  return {
    stores,
    cycle,
    key,
    sign: () => keepHead(consumer, async (head) => ({ kid: key.kid, jws: await signLedgerHead(key, head) })),
    verify,
    faults: async (heads) => [...new Set((await verify(heads)).faults.map(({ fault }) => fault))].toSorted(),
    damage,
    remember: () => damage(TABLES.map((t) => `drop table if exists app.${saved(t)}; create table app.${saved(t)} as table tidegate.${t}`).join('; ')),
    restore: () =>
      damage(
        TABLES.toReversed()
          .map((t) => `delete from tidegate.${t}; insert into tidegate.${t} table app.${saved(t)}`)
          .join('; '),
      ),
    [Symbol.asyncDispose]: () => stores[Symbol.asyncDispose](),
  };
}

const saved = (table: string): string => `saved_${table.replaceAll('"', '')}`;

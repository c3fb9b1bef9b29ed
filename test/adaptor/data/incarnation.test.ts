import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readIncarnation } from '../../../adaptor/data/incarnation.ts';
import { type Pool } from 'pg';
import { createPool, inTransaction } from '../../../adaptor/data/pool.ts';
import { ensureLink } from '../../../adaptor/data/state/link.ts';
import { incarnationDifferences } from '../../../exchange/incarnation.ts';
import { TEST_LINK } from '../../support/captured-table.ts';
import { type OwnStore, startOwnStore } from '../../support/own-store.ts';

let store: OwnStore<'crm'>;
let pool: Pool;

beforeAll(async () => {
  store = await startOwnStore('crm');
  pool = createPool(store.urls.tidegate_consumer, { applicationName: 'test', maxConnections: 2 });
}, 60_000);
afterAll(async () => {
  await pool?.end();
  await store?.drop();
});

describe('which life of a database it is', () => {
  it('lasts over a restart, and while the store is a standby; its promotion begins another', async () => {
    const before = await readIncarnation(pool);
    await store.stop();
    store.markStandby();
    await store.start();
    expect(await readIncarnation(pool)).toEqual(before);
    // Who writes waits for the promotion.
    await expect(inTransaction(pool, (client) => ensureLink(client, TEST_LINK))).rejects.toMatchObject({ code: 'database-unavailable', retryable: true });
    await store.promote();
    const after = await readIncarnation(pool);
    expect(incarnationDifferences(before, after)).toEqual(['timeline']);
    expect(after.timeline).toBe(before.timeline + 1);
    await store.restart();
    expect(await readIncarnation(pool)).toEqual(after);
  });

  it('is another after another database took its place', async () => {
    const before = await readIncarnation(pool);
    await store.recreate();
    expect(incarnationDifferences(before, await readIncarnation(pool))).toEqual(['databaseId']);
  });
});

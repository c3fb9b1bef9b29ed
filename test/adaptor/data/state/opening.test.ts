import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readIncarnation } from '../../../../adaptor/data/incarnation.ts';
import { claimEpoch } from '../../../../adaptor/data/state/epoch.ts';
import { readLink, requireLink } from '../../../../adaptor/data/state/link.ts';
import { acceptOpening, explainStaleEpoch, prepareOpening } from '../../../../adaptor/data/state/opening.ts';
import type { AppStore } from '../../../support/captured-table.ts';
import { createTestDatabase } from '../../../support/postgres.ts';
import { Sender } from '../../../support/window-reading.ts';
import { LINK, type OpenedStores, claims, createOpenedStores } from './opened-stores.ts';

let the: OpenedStores;
beforeEach(async () => {
  the = await createOpenedStores();
});
afterEach(async () => the[Symbol.asyncDispose]());

describe('an opening', () => {
  test('gives both sides the same epoch and what the other one is', async () => {
    const first = await the.open();
    const second = await the.open();
    expect(second.epoch).toBe(first.epoch + 1);
    const [here, there] = [await requireLink(the.crm.admin, LINK), await requireLink(the.cloud.admin, LINK)];
    expect(there.epoch).toBe(second.epoch);
    expect(there.peerIncarnation).toEqual(await readIncarnation(the.crm.admin));
    expect(here.peerIncarnation).toEqual(await readIncarnation(the.cloud.admin));
    expect(here.incarnation).toEqual(there.peerIncarnation);
  });

  test('of a run that was overtaken is refused, at either side', async () => {
    await the.open();
    const { epoch } = await claimEpoch(the.crm.admin, LINK);
    const old = await prepareOpening(the.crm.admin, { link: LINK, epoch, runId: 'old' });
    const next = await the.open();
    await expect(prepareOpening(the.crm.admin, { link: LINK, epoch, runId: 'old' })).rejects.toMatchObject({ code: 'epoch-stale' });
    await expect(acceptOpening(the.cloud.admin, claims(old), [the.cloudPlan])).rejects.toMatchObject({ code: 'epoch-stale' });
    expect((await requireLink(the.cloud.admin, LINK)).epoch).toBe(next.epoch);
    expect(await explainStaleEpoch(the.crm.admin, LINK, epoch)).toMatchObject({ code: 'epoch-stale' });
    expect((await requireLink(the.crm.admin, LINK)).state).toBe('open');
  });

  test('while a window waits for its answer is in order', async () => {
    await the.open();
    await the.window('forward', 1, { crm: 'prepared', cloud: 'applied' });
    await the.window('reverse', 1, { crm: 'applied', cloud: 'prepared' });
    await expect(the.open()).resolves.toBeDefined();
  });

  test('of a paused link is none', async () => {
    await the.crm.admin.query(`UPDATE tidegate.link SET state = 'paused'`);
    const before = await requireLink(the.crm.admin, LINK);
    const { epoch, state } = await claimEpoch(the.crm.admin, LINK);
    expect({ epoch, state }).toEqual({ epoch: before.epoch, state: 'paused' });
    await expect(prepareOpening(the.crm.admin, { link: LINK, epoch, runId: 'r' })).rejects.toMatchObject({ code: 'link-stopped' });
  });
});

describe('a store that is not the one it was stops the link', () => {
  const expectStopped = async (reason: RegExp) => {
    await expect(the.open()).rejects.toMatchObject({ code: 'incarnation-changed', message: expect.stringMatching(reason) });
  };
  const moved = (store: AppStore, part: string) =>
    store.admin.query(
      `UPDATE tidegate.link SET incarnation = jsonb_set(incarnation, '{${part}}', CASE jsonb_typeof(incarnation -> '${part}') WHEN 'number' THEN '99' ELSE '"99"' END::jsonb)`,
    );

  test.each(['systemId', 'databaseId', 'timeline'])('the CRM, by its %s', async (part) => {
    await the.open();
    await moved(the.crm, part);
    await expectStopped(new RegExp(`CRM's store differs in ${part}`));
    expect(await readLink(the.crm.admin, LINK)).toMatchObject({ state: 'stopped', stateReason: expect.stringMatching(part) });
  });

  test('the CRM, copied into another database', async () => {
    await the.open();
    await the.crm.admin.end();
    await using copy = await createTestDatabase('crm', { template: the.crm.database.name });
    const pool = the.crm.poolFor(copy.adminUrl);
    const { epoch } = await claimEpoch(pool, LINK);
    await expect(prepareOpening(pool, { link: LINK, epoch, runId: 'r' })).rejects.toThrow(/databaseId/);
    await pool.end();
    Object.assign(pool, { end: async () => undefined });
    Object.assign(the.crm.admin, { end: async () => undefined });
  });

  test.each(['systemId', 'timeline'])('the cloud, by its %s', async (part) => {
    await the.open();
    await moved(the.cloud, part);
    await expectStopped(/cloud's store differs/);
  });

  test('the cloud, by what the CRM remembers of it', async () => {
    await the.open();
    await the.crm.admin.query(`UPDATE tidegate.link SET peer_incarnation = jsonb_set(peer_incarnation, '{systemId}', '"77"')`);
    await expectStopped(/cloud's store differs in systemId/);
  });

  test('an older copy of the CRM, by windows that it does not remember', async () => {
    await the.open();
    await the.window('forward', 1, { cloud: 'applied' });
    await expectStopped(/CRM's store went back: items forward/);
    expect((await requireLink(the.crm.admin, LINK)).state).toBe('stopped');
  });

  test('an older copy of the CRM, by orders that it does not remember', async () => {
    await the.open();
    await the.window('reverse', 1, { cloud: 'receipted' });
    await expectStopped(/CRM's store went back: items reverse/);
  });

  test('an older copy of the cloud', async () => {
    await the.open();
    await the.window('forward', 1, { crm: 'receipted' });
    await expectStopped(/cloud's store went back: items forward/);
    await the.crm.admin.query(`UPDATE tidegate.link SET state = 'open'; DELETE FROM tidegate.window; UPDATE tidegate.channel SET ordinal = 0`);
    await the.window('reverse', 1, { crm: 'applied' });
    await expectStopped(/cloud's store went back: items reverse/);
  });

  test('an older copy of the CRM, by an epoch that the cloud has seen', async () => {
    await the.open();
    await the.open();
    await the.crm.admin.query('UPDATE tidegate.link SET epoch = 0');
    await expect(the.open()).rejects.toMatchObject({ code: 'epoch-stale' });
    const { epoch } = await requireLink(the.crm.admin, LINK);
    expect(await explainStaleEpoch(the.crm.admin, LINK, epoch)).toMatchObject({ code: 'incarnation-changed' });
    expect((await requireLink(the.crm.admin, LINK)).state).toBe('stopped');
  });

  test('an older copy of either, by its generation', async () => {
    await the.open();
    await the.cloud.admin.query('UPDATE tidegate.link SET generation = 2');
    await expectStopped(/CRM's store went back: generation/);
  });

  test('nothing is read from it either, while a run goes on', async () => {
    const { epoch } = await the.open();
    await moved(the.crm, 'timeline');
    await expect(new Sender(the.crm.admin, the.plan, epoch).send()).rejects.toMatchObject({ code: 'incarnation-changed' });
    expect((await requireLink(the.crm.admin, LINK)).state).toBe('stopped');
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Reconciliation, readDifferences } from '../../adaptor/data/control/reconciliations.ts';
import { waitForReconciliation } from '../../adaptor/data/control/wait-for-reconciliation.ts';
import type { Side } from '../../exchange/names.ts';
import type { ReconcileOrder } from '../../scheduler/reconcile-run.ts';
import type { KillableWorker } from '../support/killable-worker.ts';
import { type OwnLink, startOwnLink, until } from '../support/own-link.ts';

/*
 * The way back after a store was lost: an older copy of either store is put back, the new load is approved, and reconciliation
 * names what the load left open. Records are deleted only where a log proves it, or where that is approved and the key was once receipted.
 */

let own: OwnLink;
let worker: KillableWorker | undefined;

beforeAll(async () => {
  own = await startOwnLink();
  worker = await own.startWorker();
  await own.open();
}, 120_000);
afterAll(async () => {
  await worker?.end();
  await own?.[Symbol.asyncDispose]();
}, 60_000);

async function reconcile(order: Partial<ReconcileOrder> = {}): Promise<Reconciliation> {
  const { requestId } = await own.tidegate.reconcile({ link: own.link.name, collections: ['contacts'], by: 'olga', ...order });
  const [row] = await waitForReconciliation(own.link.consumer, own.link.name, requestId, 60_000);
  if (row === undefined) throw new Error('nothing was compared');
  return row;
}
const found = async ({ id }: Reconciliation) =>
  (await readDifferences(own.link.consumer, id)).map(({ key, kind, receipted, offered }) => ({ key: key[0], kind, receipted, offered }));
const linkRow = async () => (await own.crm<{ state: string; generation: number }>('SELECT state, generation FROM tidegate.link'))[0];
const namesAt = async (side: Side) =>
  (side === 'crm'
    ? await own.crm<{ name: string }>('SELECT given_name AS name FROM crm.contacts ORDER BY 1')
    : await own.cloud<{ name: string }>('SELECT first_name AS name FROM cloud.people ORDER BY 1')
  ).map(({ name }) => name);

const SIDES: readonly Side[] = ['crm', 'cloud'];

describe.each(SIDES)('an older copy of the %s', (side) => {
  it('is reconciled after an approved load: what differs is named, nothing is deleted by inference alone, and both stores converge', async () => {
    const store = own.stores[side];
    const [gone, quiet, kept] = [await own.newContact(`Gone ${side}`), await own.newContact(`Quiet ${side}`), await own.newContact(`Kept ${side}`)];
    await store.stop();
    store.copy('older');
    await store.start();
    const late = await own.newContact(`Late ${side}`);
    await own.crm('DELETE FROM crm.contacts WHERE id = $1', [gone]);
    await own.converged();
    await store.stop();
    store.putBack('older');
    await store.start();
    // What goes to a store that went back finds it out.
    await until(async () => void (await own.crm(`UPDATE crm.contacts SET job_title = 'Restored' WHERE id = $1`, [kept])));
    await until(async () => expect(await linkRow()).toMatchObject({ state: 'stopped' }), 60_000);
    expect(await reconcile()).toMatchObject({ state: 'failed', errorCode: 'link-stopped', differences: null });

    // Somebody deleted this one in a way that no log tells of.
    await own.link.crmAdmin.query(`begin; set local session_replication_role = replica; delete from crm.contacts where id = '${quiet}'; commit`);
    const before = await linkRow();
    await own.tidegate.resume(own.link.name, { by: 'olga', reload: { approvedBy: 'olga', reason: 'a store was restored' } });
    await until(async () => expect((await linkRow())?.generation).toBeGreaterThan(before?.generation ?? 0), 60_000);

    // Before the first delta of the new load it is refused as load-incomplete.
    let compared = await reconcile();
    await until(async () => {
      if (compared.state !== 'completed') compared = await reconcile();
      expect(compared).toMatchObject({ state: 'completed', errorCode: null });
    }, 60_000);
    const differences = await found(compared);
    expect(differences).toContainEqual({ key: quiet, kind: 'extra', receipted: true, offered: true });
    // A restored CRM has lost the late one, which only the cloud has now; a restored cloud has the deleted one again, and the CRM can prove it.
    expect(differences).toContainEqual(
      side === 'crm' ? { key: late, kind: 'extra', receipted: false, offered: true } : { key: gone, kind: 'deleted-at-crm', receipted: true, offered: true },
    );
    expect(differences).toHaveLength(2);

    const approved = await reconcile({ deleteReceipted: true, reason: 'deleted before the restore' });
    expect(approved).toMatchObject({ state: 'completed', differences: 2 });
    await own.pull();
    await own.converged();
    expect(await reconcile()).toMatchObject({ state: 'completed', differences: 0 });
    const names = await namesAt('crm');
    expect(names).not.toContain(`Quiet ${side}`);
    expect(names).toContain(`Late ${side}`);
    // A restored CRM has the deleted one again, as its copy had.
    expect(names.includes(`Gone ${side}`)).toBe(side === 'crm');
    expect(await namesAt('cloud')).toEqual(names);
  }, 120_000);
});

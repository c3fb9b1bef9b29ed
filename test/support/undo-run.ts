import { randomUUID } from 'node:crypto';
import { acceptRelease } from '../../adaptor/data/control/releases.ts';
import type { CollectionPlan } from '../../adaptor/data/plan.ts';
import { inTransaction } from '../../adaptor/data/pool.ts';
import { applyUndo } from '../../adaptor/data/release/apply-undo.ts';
import { contentDigest } from '../../adaptor/data/release/released-record.ts';
import { planUndo, undoOrders } from '../../adaptor/data/undo/plan-undo.ts';
import { noteUndo, requireUndo, writeUndo } from '../../adaptor/data/undo/undo-rows.ts';
import { linkName } from '../../exchange/names.ts';
import type { ReleaseClaims } from '../../exchange/release.ts';
import { TEST_LINK } from './captured-table.ts';
import type { TwoStores } from './two-stores.ts';

const LINK = linkName(TEST_LINK);

/** What differs from the plainest undo. */
export interface UndoOptions {
  /** Happens between its signature and its use. */
  readonly meanwhile?: () => Promise<unknown>;
  /** Claims of the release that say something else. */
  readonly changed?: Partial<ReleaseClaims>;
  readonly plans?: readonly CollectionPlan[];
}

/** Writes a reverse run that has ended, and gives its id. */
export async function endedRun({ crm }: Pick<TwoStores, 'crm'>): Promise<string> {
  const id = `m/${randomUUID()}`;
  await crm.admin.query(
    `insert into tidegate.run (id, link, direction, trigger, workflow_id, workflow_run_id, state) values ($1, $2, 'reverse', 'user', 'm', 'r', 'completed')`,
    [id, LINK],
  );
  return id;
}

/** An undo of a run as far as its release, which is accepted; `apply` carries it out. */
export async function undoRun(stores: TwoStores, run: string, { meanwhile = async () => {}, changed = {}, ...given }: UndoOptions = {}) {
  const { consumer, page, reverse, verifier } = stores.crm;
  const plans = given.plans ?? stores.plans.map(({ crm }) => crm);
  const id = await writeUndo(page, { link: LINK, run, exceptEdited: true, requestedBy: 'anna', reason: 'wrong' });
  const content = await planUndo(consumer, plans, await requireUndo(consumer, LINK, id));
  await inTransaction(consumer, (client) => noteUndo(client, id, content.records.length, content.refusals));
  const release = randomUUID();
  const exp = Math.floor(Date.now() / 1000) + 60;
  const common = { jti: release, exp, act: 'undo', subject: id, content: contentDigest(content.records), orders: undoOrders(content) };
  const claims = { ...common, ...changed } as unknown as ReleaseClaims;
  await acceptRelease(verifier, LINK, claims, 'digest');
  await meanwhile();
  const released = { plans, id: release, undo: await requireUndo(consumer, LINK, id), claims, runId: `undo/${release}` };
  return { refusals: content.refusals, apply: () => applyUndo(reverse, released) };
}

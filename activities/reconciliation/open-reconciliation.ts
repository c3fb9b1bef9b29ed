import {
  type Reconciliation,
  readRequestOfRun,
  readRequested,
  startReconciliations,
  writeReconciliations,
} from '../../adaptor/data/control/reconciliations.ts';
import { inTransaction } from '../../adaptor/data/pool.ts';
import { TidegateError } from '../../exchange/errors.ts';
import { type ActivityContext, linkOf } from '../link-setup.ts';

/** Which comparisons a run carries out. */
export interface OpenReconciliationInput {
  readonly link: string;
  readonly runId: string;
  /** Those that somebody asked for; null: the period is over, and all collections are compared. */
  readonly requestId: string | null;
}

/** A comparison of one collection, by reference. */
export interface OpenedReconciliation {
  readonly id: string;
  readonly collection: string;
}

/** The comparisons of a run, in the order of the configuration: parents first. A repetition by a retry finds those of the first. */
export async function openReconciliation(
  context: Pick<ActivityContext, 'links' | 'consumer'>,
  { link, runId, requestId }: OpenReconciliationInput,
): Promise<{ readonly trigger: 'period' | 'user'; readonly reconciliations: readonly OpenedReconciliation[] }> {
  const { collections, reconciliation } = linkOf(context, link);
  const names = collections.map(({ source }) => source.name);
  const rows = await inTransaction(context.consumer, async (client): Promise<readonly Reconciliation[]> => {
    const nobody = { deleteReceipted: false, requestedBy: null, reason: null } as const;
    const id =
      requestId ??
      (await readRequestOfRun(client, link, runId)) ??
      (await writeReconciliations(client, { link, collections: names, trigger: 'period', repair: reconciliation.repair, ...nobody }));
    const found = await readRequested(client, link, id);
    await startReconciliations(
      client,
      found.map((row) => row.id),
      runId,
    );
    return found;
  });
  const [first] = rows;
  if (first === undefined) throw new TidegateError('record-not-found', 'Nothing was asked for under this id.', { link, request: requestId });
  const open = rows.filter(({ state }) => state === 'asked' || state === 'running');
  const place = ({ collection }: Reconciliation): number => names.indexOf(collection);
  return { trigger: first.trigger, reconciliations: open.toSorted((a, b) => place(a) - place(b)).map(({ id, collection }) => ({ id, collection })) };
}

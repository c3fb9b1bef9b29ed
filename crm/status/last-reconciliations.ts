import { controlRows } from '../../adaptor/data/control-rows.ts';
import type { Queryable } from '../../adaptor/data/pool.ts';

/** The last finished comparison of a collection. */
export interface LastReconciliation {
  readonly link: string;
  readonly collection: string;
  readonly differences: number;
  readonly finishedAt: Date;
}

const LAST = `
  select distinct on (r.link, r.collection) r.link, r.collection, coalesce(r.differences - coalesce(r.repaired, 0), 0) as differences, r.finished_at as "finishedAt"
    from tidegate.reconciliation r where r.link = any ($1) and r.state = 'completed' order by r.link, r.collection, r.finished_at desc`;

/** Reads them: `differences` are those whose repair was not queued. Collections that were never compared are absent. */
export async function readLastReconciliations(client: Queryable, links: readonly string[]): Promise<readonly LastReconciliation[]> {
  return controlRows<LastReconciliation>(client, LAST, [links]);
}

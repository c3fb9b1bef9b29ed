import { type Pruned, pruneStore } from '../../adaptor/data/retention/prune-store.ts';
import type { LogReader } from '../../adaptor/data/retention/log-reader.ts';
import type { MaintenanceContext } from '../create-maintenance-activities.ts';

export type { Pruned };

/** Takes away what is done with in the CRM's control plane, for all links. Repeating it is safe. */
export async function pruneCrm({ links, consumer, retention }: Pick<MaintenanceContext, 'links' | 'consumer' | 'retention'>): Promise<Pruned> {
  const readers: LogReader[] = [...links.values()].flatMap(({ name, collections }) =>
    collections.map(({ source }) => ({ link: name, collection: source.name, schema: source.schema, table: source.table, tenant: null })),
  );
  return pruneStore(consumer, 'crm', readers, retention);
}

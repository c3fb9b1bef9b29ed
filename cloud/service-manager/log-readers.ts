import type { LogReader } from '../../adaptor/data/retention/log-reader.ts';
import type { Queryable } from '../../adaptor/data/pool.ts';
import { registeredPlans } from './registered-plans.ts';

/** All that read this cloud's change log: the registered collections of every link, by tenant. */
export async function logReaders(client: Queryable): Promise<readonly LogReader[]> {
  return (await registeredPlans(client)).map(({ link, linkName, definition, binding: { schema, table, tenantColumn } }) => ({
    link: linkName,
    collection: definition.name,
    schema,
    table,
    tenant: tenantColumn === undefined ? null : link.tenant,
  }));
}

import type { ClientBase } from 'pg';
import { TidegateError } from '../../../exchange/errors.ts';
import type { Side } from '../../../exchange/names.ts';

/**
 * Says which store this is, once: the row of `tidegate.store`, whose id is part of the store's incarnation. The control
 * plane must be migrated. Throws `configuration-invalid` if it is the other side's store: the two never share a database.
 */
export async function writeStoreName(client: ClientBase, side: Side): Promise<void> {
  await client.query('insert into tidegate.store (side) values ($1) on conflict ("only") do nothing', [side]);
  const { rowCount } = await client.query('select from tidegate.store where side = $1', [side]);
  if (rowCount !== 1) throw new TidegateError('configuration-invalid', `The database for the ${side} is the store of the other side.`, { side });
}

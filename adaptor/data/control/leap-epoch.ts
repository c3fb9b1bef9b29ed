import type { LinkName } from '../../../exchange/names.ts';
import type { Queryable } from '../pool.ts';

/**
 * Before an approved reload: lifts a link's epoch above every one that this store can have forgotten by being restored. Epochs
 * are counted up, far slower than once a second, so the seconds since 1970 are always greater.
 */
export async function leapEpoch(client: Queryable, link: LinkName): Promise<void> {
  await client.query('UPDATE tidegate.link SET epoch = greatest(epoch, extract(epoch FROM clock_timestamp())::int8) WHERE name = $1 AND reload IS NOT NULL', [
    link,
  ]);
}

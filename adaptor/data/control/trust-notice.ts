import type { Pool } from 'pg';
import { CHANGE_CHANNEL } from '../capture/capture-function.ts';
import { type ChangeListener, listenForChanges } from '../extraction/listen.ts';
import type { Queryable } from '../pool.ts';

/** Payload that tells, on the channel of changes, that a key or certificate was registered. */
const TRUST_NOTICE = 'trust';

/** Tells who waits that somebody is believed from now on. A hint: whoever misses it asks again by itself within a minute. */
export async function tellTrust(client: Queryable): Promise<void> {
  await client.query('select pg_notify($1, $2)', [CHANGE_CHANNEL, TRUST_NOTICE]);
}

/** Calls `onTrust` after somebody was registered in this store. Holds one connection of the pool. */
export function followTrust(pool: Pool, onTrust: () => void): Promise<ChangeListener> {
  return listenForChanges(pool, (payload) => {
    if (payload === TRUST_NOTICE) onTrust();
  });
}

import type { Pool, PoolClient } from 'pg';
import { setTimeout as delay } from 'node:timers/promises';
import { CHANGE_CHANNEL } from '../capture/capture-function.ts';

/** How long to wait before a lost connection is made again. */
const RECONNECT_MS = 500;

/** A standing LISTEN; disposing ends it. */
export interface ChangeListener extends AsyncDisposable {
  close(): Promise<void>;
}

/**
 * Calls `onChange` after every commit that changed a captured table, with the source's id as text (or another payload of the
 * channel); undefined after a connection was lost and made again, when changes may have been missed. Holds one connection of
 * the pool. Notices are a hint, never the truth: the log is. `onLost` is called as soon as the connection is
 * lost: what answers next may be another life of the database. Throws where the first connection fails.
 */
export async function listenForChanges(
  pool: Pool,
  onChange: (payload: string | undefined) => void,
  onLost: () => void = () => undefined,
): Promise<ChangeListener> {
  const stopped = new AbortController();
  let client: PoolClient | undefined = await listen(pool, onChange, () => void reconnect());

  async function reconnect(): Promise<void> {
    onLost();
    client?.release(true);
    client = undefined;
    while (!stopped.signal.aborted) {
      try {
        await delay(RECONNECT_MS, undefined, { signal: stopped.signal });
        client = await listen(pool, onChange, () => void reconnect());
        if (stopped.signal.aborted) return release();
        return onChange(undefined);
      } catch {
        // Still away, or closed meanwhile: the loop looks.
      }
    }
  }

  function release(): void {
    client?.removeAllListeners('notification');
    client?.release(true);
    client = undefined;
  }

  const close = async (): Promise<void> => {
    if (stopped.signal.aborted) return;
    stopped.abort();
    release();
  };
  return { close, [Symbol.asyncDispose]: close };
}

async function listen(pool: Pool, onChange: (payload: string) => void, onLost: () => void): Promise<PoolClient> {
  const client = await pool.connect();
  let lost = false;
  const once = (): void => {
    if (!lost) onLost();
    lost = true;
  };
  client.on('notification', ({ payload }) => onChange(payload ?? ''));
  client.on('error', once);
  client.on('end', once);
  try {
    await client.query(`LISTEN ${CHANGE_CHANNEL}`);
    return client;
  } catch (error) {
    lost = true;
    client.release(true);
    throw error;
  }
}

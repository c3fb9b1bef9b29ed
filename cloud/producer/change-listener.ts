import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from 'pg';
import { listenForChanges } from '../../adaptor/data/extraction/listen.ts';

/** A change of the cloud's tables that is waited for. */
export interface AwaitedChange {
  /** Waits for the change, so many milliseconds at most; also ended by `gone`, and when the listener closes. Whether it came. Never throws. */
  within(ms: number, gone: AbortSignal): Promise<boolean>;
}

/** Tells those who hold an answer open that something changed. */
export interface ChangeListener {
  /** The next change after this call: ask for it before looking whether there is something to send, so that none is missed. */
  next(): AwaitedChange;
  readonly closed: boolean;
  close(): Promise<void>;
}

/** Listens for changes on one connection of the pool, for all held answers. */
export async function createChangeListener(pool: Pool): Promise<ChangeListener> {
  let upcoming = Promise.withResolvers<void>();
  let closed = false;
  const announce = (): void => {
    upcoming.resolve();
    upcoming = Promise.withResolvers<void>();
  };
  const listening = await listenForChanges(pool, announce);
  return {
    next: () => {
      const change = upcoming.promise;
      return { within: (ms, gone) => (closed ? Promise.resolve(true) : firstOf(change, ms, gone)) };
    },
    get closed() {
      return closed;
    },
    close: async () => {
      closed = true;
      announce();
      await listening.close();
    },
  };
}

async function firstOf(change: Promise<void>, ms: number, gone: AbortSignal): Promise<boolean> {
  const waited = new AbortController();
  try {
    return await Promise.race([change.then(() => true), delay(ms, false, { signal: AbortSignal.any([gone, waited.signal]) })]);
  } catch {
    // The client has gone: whoever waits looks.
    return true;
  } finally {
    waited.abort();
  }
}

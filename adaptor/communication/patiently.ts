import { setTimeout as sleep } from 'node:timers/promises';
import { TidegateError } from '../../exchange/errors.ts';

/** A longer wait is left to whoever orders the step, who can tell an operator of it. */
const MAX_WAIT_SECONDS = 30;

/** So often a request is sent again before that. */
const MAX_ATTEMPTS = 6;

/**
 * Sends a request that the other side refused for their number again, when it said. `send` makes the request anew each time,
 * with its own proof. Throws what `send` throws, and where `signal` ends the wait.
 */
export async function patiently<T>(send: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await send();
    } catch (error) {
      const seconds = error instanceof TidegateError && error.code === 'too-many-requests' ? error.facts['retryAfterSeconds'] : undefined;
      if (typeof seconds !== 'number' || seconds > MAX_WAIT_SECONDS || attempt >= MAX_ATTEMPTS) throw error;
      await sleep(seconds * 1000, undefined, signal === undefined ? {} : { signal });
    }
  }
}

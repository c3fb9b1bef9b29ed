import { setTimeout as sleep } from 'node:timers/promises';
import { TidegateError } from '../exchange/errors.ts';

/** Waits for something so many seconds. Throws `run-failed` after the time: it goes on by itself. */
export async function within<T>(seconds: number, what: string, work: Promise<T>): Promise<T> {
  const stop = new AbortController();
  const late = sleep(seconds * 1000, undefined, { signal: stop.signal }).then(() => {
    throw new TidegateError('run-failed', `${what} is not done after ${seconds} s; it goes on.`);
  });
  late.catch(() => undefined);
  return Promise.race([work, late]).finally(() => stop.abort());
}

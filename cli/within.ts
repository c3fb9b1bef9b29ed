import { setTimeout as sleep } from 'node:timers/promises';
import { translateDatabaseError } from '../adaptor/data/database-error.ts';
import { ERROR_CATALOGUE } from '../exchange/error-catalogue.ts';
import { TidegateError } from '../exchange/errors.ts';
import { afterDoing } from './partly.ts';

/** Waits for something so many seconds. Throws `run-failed` after the time, and says where whom it asks is lost: it goes on by itself. */
export async function within<T>(seconds: number, what: string, work: Promise<T>): Promise<T> {
  const stop = new AbortController();
  const late = sleep(seconds * 1000, undefined, { signal: stop.signal }).then(() => {
    throw new TidegateError('run-failed', `${what} is not done after ${seconds} s; it goes on.`);
  });
  late.catch(() => undefined);
  return Promise.race([work.catch((error: unknown) => goingOn(what, error)), late]).finally(() => stop.abort());
}

/** What is not heard of any more is not refused. */
async function goingOn(what: string, thrown: unknown): Promise<never> {
  const error = translateDatabaseError(thrown);
  if (!(error instanceof TidegateError) || ERROR_CATALOGUE[error.code].status !== 503) throw thrown;
  return afterDoing(`${what} was asked for, and goes on by itself`, () => Promise.reject(error));
}

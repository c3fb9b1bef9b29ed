import { setTimeout as delay } from 'node:timers/promises';
import { readPumpStanding } from '../../adaptor/data/control/pump-standing.ts';
import { TidegateError } from '../../exchange/errors.ts';
import type { ActivityContext, LinkSetup } from '../link-setup.ts';

/** Looked at so often: a pause or a revocation ends a standing message within a second (rule 15). */
const LOOK_MS = 500;

/**
 * Waits for the answer to a standing message only as long as it may stand: the link is open, and both sides are still
 * believed at this one. `act` is given the signal that ends it. Throws `link-stopped` or `key-unknown` then.
 */
export async function whileStanding<T>(
  { consumer }: Pick<ActivityContext, 'consumer'>,
  { name, producer }: LinkSetup,
  signal: AbortSignal,
  act: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const ended = new AbortController();
  const over = new AbortController();
  let refusal: unknown;
  const watch = async (): Promise<void> => {
    for (;;) {
      await delay(LOOK_MS, undefined, { signal: over.signal });
      try {
        await producer.assertTrusted();
        const { state, reason } = await readPumpStanding(consumer, name);
        if (state !== 'open') throw new TidegateError('link-stopped', `It is ${state}${reason === null ? '' : ` (${reason})`}.`, { link: name, state });
      } catch (error) {
        // A store that is away for a moment says nothing of trust.
        if (error instanceof TidegateError && error.retryable) continue;
        refusal = error;
        return ended.abort();
      }
    }
  };
  const watching = watch().catch(() => undefined);
  try {
    return await act(AbortSignal.any([signal, ended.signal]));
  } catch (error) {
    throw refusal ?? error;
  } finally {
    over.abort();
    await watching;
  }
}

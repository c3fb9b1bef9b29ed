import { Context } from '@temporalio/activity';

/** How often a long activity gives a sign of life, in milliseconds. */
const BEAT_MS = 1000;

/** A sign of life every second while a body runs, with what it has to tell. Outside an activity (tests) nothing is sent. */
export async function beating<T>(details: () => unknown, body: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const context = currentContext();
  const beat = (): void => context?.heartbeat(details());
  beat();
  const timer = setInterval(beat, BEAT_MS);
  try {
    return await body(context?.cancellationSignal ?? new AbortController().signal);
  } finally {
    clearInterval(timer);
  }
}

function currentContext(): Context | undefined {
  try {
    return Context.current();
  } catch {
    return undefined;
  }
}

import { Context } from '@temporalio/activity';

/** How often an activity gives a sign of life, in milliseconds. */
const BEAT_MS = 1000;

/** What activities have to tell with their sign of life. */
const tellers = new WeakMap<Context, () => unknown>();

/**
 * Gives a sign of life every second, where the activity has a heartbeat time-out: a worker that is frozen or gone is found
 * out within that time, whatever it was doing. Returns how to stop it.
 */
export function startBeating(context: Context): () => void {
  if (context.info.heartbeatTimeoutMs === undefined) return () => {};
  const beat = (): void => context.heartbeat(tellers.get(context)?.());
  const timer = setInterval(beat, BEAT_MS);
  return () => clearInterval(timer);
}

/** Runs a body that has something to tell with every sign of life. `signal` aborts when the activity is cancelled. Outside an activity (tests) nothing is sent. */
export async function beating<T>(details: () => unknown, body: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const context = currentContext();
  if (context === undefined) return body(new AbortController().signal);
  tellers.set(context, details);
  context.heartbeat(details());
  return body(context.cancellationSignal);
}

function currentContext(): Context | undefined {
  try {
    return Context.current();
  } catch {
    return undefined;
  }
}

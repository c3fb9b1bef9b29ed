/**
 * The child's end of supervision. A process that was started by hand has no supervisor: then announcing does nothing,
 * and only signals stop it, so that the same file serves in production.
 */

/** Tells the supervisor that this process is ready, with what others need to know of it (ports, not secrets). */
export function announceReady(info: Readonly<Record<string, unknown>> = {}): void {
  process.send?.({ ready: info });
}

/**
 * Waits until this process shall stop in order: a signal, or its supervisor has gone. Answers which.
 * Later signals are swallowed, since Ctrl-C may arrive more than once; the supervisor kills what takes too long.
 */
export async function untilToldToStop(): Promise<'SIGINT' | 'SIGTERM' | 'supervisor-gone'> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve(signal));
    if (process.send === undefined) return;
    process.once('disconnect', () => resolve('supervisor-gone'));
    // The channel alone must not keep a process alive that has finished.
    process.channel?.unref();
  });
}

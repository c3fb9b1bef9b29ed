/** Why a process shall stop. */
export type StopReason = 'SIGINT' | 'SIGTERM' | 'supervisor-gone';

/**
 * The child's end of supervision: tells the supervisor that this process is ready, with what others need to know of it
 * (ports, not secrets), and answers when it shall stop in order, by a signal or because its supervisor has gone.
 *
 *     const app = await startApp();
 *     await readyUntilStopped({ port: app.port });
 *     await app.close();
 *
 * A process that was started by hand has no supervisor: then only signals stop it, so that the same file serves in production.
 */
export async function readyUntilStopped(info: Readonly<Record<string, unknown>> = {}): Promise<StopReason> {
  return new Promise((resolve) => {
    // Listening first: the order to stop may follow at once. Later signals are swallowed, since Ctrl-C may arrive twice.
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve(signal));
    if (process.send === undefined) return;
    process.once('disconnect', () => resolve('supervisor-gone'));
    // The channel alone must not keep a process alive that has finished.
    process.channel?.unref();
    process.send({ ...info, ready: true });
  });
}

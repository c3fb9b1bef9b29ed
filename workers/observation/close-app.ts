/** What is closed of an application that listens. */
interface ListeningApp {
  readonly server: { closeIdleConnections(): void };
  close(): Promise<unknown>;
}

const LOOK_MS = 50;

/**
 * Closes an application once the requests that are under way are answered. Their connections end with their answers: Node keeps
 * those that were busy when it was told to close for as long as keep-alive lasts, and who supervises the process does not wait so long.
 */
export async function closeApp(app: ListeningApp): Promise<void> {
  const idle = setInterval(() => app.server.closeIdleConnections(), LOOK_MS);
  try {
    await app.close();
  } finally {
    clearInterval(idle);
  }
}

import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { TidegateError } from '../exchange/errors.ts';

/** The only address that embedded parts listen on. */
export const LOOPBACK = '127.0.0.1';

/**
 * A port of the loopback interface for a part to listen on: the wanted one, or one that the system chooses (0).
 * It is free at this moment only, so call it immediately before the part is started.
 * Throws `port-busy` if the wanted one is taken.
 */
export async function choosePort(wanted = 0): Promise<number> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ port: wanted, host: LOOPBACK, exclusive: true }, resolve);
    });
  } catch (error) {
    throw new TidegateError('port-busy', `Port ${wanted} on ${LOOPBACK}.`, { port: wanted }, { cause: error });
  }
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new TidegateError('unexpected');
  return address.port;
}

/** Whether another program has a port. */
export async function isPortTaken(port: number): Promise<boolean> {
  return choosePort(port).then(
    () => false,
    () => true,
  );
}

/**
 * Whether a part did not start because another program has taken one of its ports since they were chosen: the one reason to try again
 * with others. Where the other program was a client, whose connections take any free port, it may have it no more: the log tells.
 */
export async function wasPortTaken(ports: readonly number[], logFile: string | undefined): Promise<boolean> {
  return (logFile !== undefined && /address already in use/i.test(readLog(logFile))) || (await Promise.all(ports.map(isPortTaken))).includes(true);
}

function readLog(logFile: string): string {
  try {
    return readFileSync(logFile, 'utf8');
  } catch {
    return '';
  }
}

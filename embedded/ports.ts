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

/** Whether another program has taken a port since it was chosen: the one reason to try a start again with another. */
export async function isPortTaken(port: number): Promise<boolean> {
  return choosePort(port).then(
    () => false,
    () => true,
  );
}

import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { TidegateError } from '../exchange/errors.ts';

/** The only address that embedded parts listen on. */
export const LOOPBACK = '127.0.0.1';

/**
 * Ports that are chosen for parts. Above them lie those that systems give to outgoing connections (Linux from 32768, others from 49152):
 * of these, any connection of any program may have one by the time a part comes to listen on it.
 */
const CHOSEN_PORTS = { first: 10_000, last: 32_767 } as const;

/** So many ports are tried before it is said that none is free. */
const ATTEMPTS = 50;

/**
 * A port of the loopback interface for a part to listen on: the wanted one, or any that is free (0).
 * It is free at this moment only, so call it shortly before the part is started.
 * Throws `port-busy` if the wanted one is taken.
 */
export async function choosePort(wanted = 0): Promise<number> {
  for (let attempt = 1; ; attempt += 1) {
    const port = wanted === 0 ? randomInt(CHOSEN_PORTS.first, CHOSEN_PORTS.last + 1) : wanted;
    try {
      await listenOnce(port);
      return port;
    } catch (error) {
      if (wanted !== 0 || attempt === ATTEMPTS) throw new TidegateError('port-busy', `Port ${port} on ${LOOPBACK}.`, { port }, { cause: error });
    }
  }
}

async function listenOnce(port: number): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host: LOOPBACK }, resolve);
  });
  await new Promise((resolve) => server.close(resolve));
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
 * with others. Where the other program was a client, whose connections take any free port, it may have it no more: what the part printed tells.
 */
export async function wasPortTaken(ports: readonly number[], printed: string): Promise<boolean> {
  return /address already in use/i.test(printed) || (await Promise.all(ports.map(isPortTaken))).includes(true);
}

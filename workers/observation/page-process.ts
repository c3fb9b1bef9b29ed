import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { hostInUrl } from '../../observability/http/host-in-url.ts';
import { closeApp } from './close-app.ts';
import type { Observation } from './observe-process.ts';

/** A page that is ready to be served. */
export interface PageProcess {
  readonly app: FastifyInstance;
  readonly host: string;
  readonly port: number;
  readonly observation: Observation;
  /** Ends what the page works with, once no request is under way. */
  close(): Promise<void>;
}

/**
 * Serves a page, with its metrics where they are on, until SIGTERM or SIGINT; requests that are under way end first. Tells the
 * parent `{ ready: true, url }`.
 */
export async function runPageProcess({ app, host, port, observation, close }: PageProcess): Promise<void> {
  const { log } = observation;
  const metricsServer = await observation.serve();
  await app.listen({ host, port });
  const url = `http://${hostInUrl(host)}:${(app.server.address() as AddressInfo).port}`;

  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping) return;
    stopping = true;
    log.info('stopping');
    await closeApp(app);
    await metricsServer?.close();
    await close();
    await observation.stop();
    process.disconnect?.();
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop());
  const told = { url, ...(metricsServer === undefined ? {} : { metricsUrl: metricsServer.url }) };
  log.info(told, 'ready');
  process.send?.({ ready: true, ...told });
}

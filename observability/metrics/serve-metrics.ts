import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { TidegateError } from '../../exchange/errors.ts';
import type { Metrics } from './metrics.ts';
import { hostInUrl } from '../http/host-in-url.ts';

/** Where metrics are served. */
export interface MetricsAddress {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
}

/** A listener of its own, so that neither the page nor the producer's door shows anything of the inside. */
export interface MetricsServer {
  /** Full URL of the exposition. */
  readonly url: string;
  close(): Promise<void>;
}

/** Serves `GET /metrics`, and nothing else. Throws `port-busy`. */
export async function serveMetrics(metrics: Metrics, { host, port }: MetricsAddress): Promise<MetricsServer> {
  const server = createServer((request, response) => {
    if (request.method !== 'GET' || request.url !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    metrics.expose().then(
      ({ contentType, text }) => response.writeHead(200, { 'content-type': contentType, 'cache-control': 'no-store' }).end(text),
      // The reason is in the log of whoever failed; a scrape without an answer shows as `up == 0`.
      () => response.writeHead(500).end(),
    );
  });
  await listen(server, host, port);
  return {
    url: `http://${hostInUrl(host)}:${(server.address() as AddressInfo).port}/metrics`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(cause.code === 'EADDRINUSE' ? new TidegateError('port-busy', `Port ${port} on ${host}, for metrics.`, { port }, { cause }) : cause),
    );
    server.listen({ host, port }, resolve);
  });
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Server, createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach } from 'vitest';
import { clientTlsOptions, serverTlsOptions } from '../../adaptor/auth/tls.ts';
import { ProducerClient, type ProducerClientOptions } from '../../adaptor/communication/producer-client.ts';
import { PATHS } from '../../exchange/protocol.ts';
import { createTestAuthority } from './test-pki.ts';

/** The link that its clients speak for. */
export const link = { tenant: 'acme', environment: 'test', link: 'hub' };

/** What a test has opened: closed after it, the last first. */
export const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

/** How it answers. */
export type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => unknown;

/** A producer that answers as a test says, and clients of it. */
export interface Peer {
  readonly client: (options?: Partial<ProducerClientOptions>) => ProducerClient;
  /** What arrived, tokens apart: method, path, headers, body. */
  readonly seen: { method: string; path: string; headers: IncomingMessage['headers']; body: string }[];
  readonly connections: () => number;
  tokens: number;
}

/** A TLS server that answers as a test says, and counts the tokens that it gave. */
export async function startPeer(handler: Handler, expiresIn = 300): Promise<Peer> {
  const authority = await createTestAuthority();
  const [serverTls, clientTls] = [await authority.server(), await authority.client()];
  let connections = 0;
  const peer: Peer = { client: clientTo, seen: [], connections: () => connections, tokens: 0 };
  const server = createServer(serverTlsOptions(serverTls), (request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('error', () => undefined);
    request.on('end', () => {
      const body = Buffer.concat(pieces).toString('latin1');
      if (request.url === PATHS.token) {
        peer.tokens += 1;
        response.end(JSON.stringify({ access_token: `token-${peer.tokens}`, token_type: 'Bearer', expires_in: expiresIn }));
        return;
      }
      peer.seen.push({ method: request.method ?? '', path: request.url ?? '', headers: request.headers, body });
      handler(request, response, body);
    });
  });
  server.on('secureConnection', () => (connections += 1));
  await listen(server);
  let proofs = 0;
  function clientTo(options: Partial<ProducerClientOptions> = {}): ProducerClient {
    const client = new ProducerClient({
      baseUrl: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
      tls: clientTlsOptions(clientTls, '127.0.0.1'),
      link,
      auth: {
        createAssertion: async () => 'assertion',
        createProof: async ({ method, path, accessToken, body }) => [`proof-${(proofs += 1)}`, method, path, accessToken, body ?? 'stream'].join(' '),
      },
      ...options,
    });
    closing.push(() => client.close());
    return client;
  }
  return peer;
}

/** Listens on any free port, until the test is over. */
async function listen(server: Server): Promise<void> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
}

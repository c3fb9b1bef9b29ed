import { once } from 'node:events';
import { type IncomingHttpHeaders, connect, createSecureServer, createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { TlsMaterial } from '../../adaptor/auth/tls.ts';

/** A gateway in front of a real server. `await using` ends it. */
export interface Gateway extends AsyncDisposable {
  /** host:port. */
  readonly address: string;
}

/** What a gateway asks of its clients. */
export interface GatewayRules {
  /** Its own certificate: mutual TLS, with clients of the same authority only. Absent: plain text. */
  readonly tls?: TlsMaterial;
  /** The only key with which it lets calls through. */
  readonly apiKey?: string;
}

/**
 * Stands in front of a real Temporal server as a company's authorising gateway does: calls whose path contains one of
 * `denied` are answered PERMISSION_DENIED (gRPC status 7), those without the key UNAUTHENTICATED (16), everything else is handed on.
 */
export async function startDenyingGateway(server: string, denied: readonly string[], { tls, apiKey }: GatewayRules = {}): Promise<Gateway> {
  const upstream = connect(`http://${server}`);
  const gateway =
    tls === undefined
      ? createServer()
      : createSecureServer({ ca: tls.ca, cert: tls.certificate, key: tls.key, minVersion: 'TLSv1.3', requestCert: true, rejectUnauthorized: true });
  const refusal = (headers: IncomingHttpHeaders): string | undefined => {
    if (apiKey !== undefined && headers.authorization !== `Bearer ${apiKey}`) return '16';
    return denied.some((name) => headers[':path']?.includes(name)) ? '7' : undefined;
  };
  gateway.on('tlsClientError', () => undefined);
  gateway.on('stream', (stream, headers) => {
    stream.on('error', () => {});
    const status = refusal(headers);
    if (status !== undefined) {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc', 'grpc-status': status, 'grpc-message': 'not for this client' }, { endStream: true });
      return;
    }
    const { ':authority': _authority, ...others } = headers;
    const call = upstream.request(others);
    call.on('error', () => stream.close());
    // A client that goes away takes its poll with it.
    stream.on('close', () => call.close());
    call.on('response', (answer) => {
      if (!stream.destroyed) stream.respond(answer, { waitForTrailers: true });
    });
    let trailers: object = {};
    call.on('trailers', (received) => (trailers = received));
    stream.on('wantTrailers', () => stream.sendTrailers(Object.fromEntries(Object.entries(trailers).filter(([name]) => !name.startsWith(':')))));
    stream.pipe(call);
    call.pipe(stream);
  });
  gateway.listen(0, '127.0.0.1');
  await once(gateway, 'listening');
  return {
    address: `127.0.0.1:${(gateway.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      upstream.destroy();
      gateway.close();
    },
  };
}

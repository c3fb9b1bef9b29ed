import { once } from 'node:events';
import { connect, createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';

/** A gateway in front of a real server. `await using` ends it. */
export interface Gateway extends AsyncDisposable {
  /** host:port. */
  readonly address: string;
}

/**
 * Stands in front of a real Temporal server as a company's authorising gateway does: calls whose path contains one of
 * `denied` are answered PERMISSION_DENIED (gRPC status 7), everything else is handed on.
 */
export async function startDenyingGateway(server: string, denied: readonly string[]): Promise<Gateway> {
  const upstream = connect(`http://${server}`);
  const gateway = createServer();
  gateway.on('stream', (stream, headers) => {
    stream.on('error', () => {});
    if (denied.some((name) => headers[':path']?.includes(name))) {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '7', 'grpc-message': 'not for this client' }, { endStream: true });
      return;
    }
    const { ':authority': _authority, ...others } = headers;
    const call = upstream.request(others);
    call.on('error', () => stream.close());
    call.on('response', (answer) => stream.respond(answer, { waitForTrailers: true }));
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

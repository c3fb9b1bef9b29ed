import { type Server, createServer } from 'node:http';
import { NO_UPDATE_PERFORMED } from '../../exchange/problem.ts';

/**
 * Plain http: every request is answered with 308 to https and nothing of it is processed; its body is not read.
 * `secureBase` is the base URL of the producer. The host is not taken from the request, which could name any.
 */
export function createPlainListener(secureBase: () => string): Server {
  const server = createServer({ headersTimeout: 5000, requestTimeout: 5000, connectionsCheckingInterval: 1000, maxHeaderSize: 8192 }, (request, response) => {
    const { socket } = request;
    const path = request.url?.startsWith('/') === true ? request.url : '/';
    response.writeHead(308, { location: `${secureBase()}${path}`, 'content-type': 'text/plain; charset=utf-8', connection: 'close' });
    response.end(`Only https is spoken here. ${NO_UPDATE_PERFORMED}\n`);
    response.once('finish', () => setTimeout(() => socket.destroy(), 500).unref());
  });
  server.on('upgrade', (_request, socket) => socket.destroy());
  return server;
}

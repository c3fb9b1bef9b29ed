import type { ServerResponse } from 'node:http';
import type { Server } from 'node:https';
import type { Socket } from 'node:net';

/**
 * Ends every connection of a server some time after it was made, so that the handshake, with its check of the client's
 * certificate, is repeated. A request that is being answered is answered first, with `connection: close`.
 */
export function limitConnectionAge(server: Server, maxAgeMs: number): void {
  const answering = new WeakMap<Socket, Set<ServerResponse>>();
  const old = new WeakSet<Socket>();

  server.on('secureConnection', (socket) => {
    const timer = setTimeout(() => {
      old.add(socket);
      const responses = answering.get(socket);
      if (responses === undefined || responses.size === 0) socket.end();
      else for (const response of responses) response.shouldKeepAlive = false;
    }, maxAgeMs).unref();
    socket.once('close', () => clearTimeout(timer));
  });

  server.prependListener('request', (request, response) => {
    const { socket } = request;
    const responses = answering.get(socket) ?? new Set();
    answering.set(socket, responses.add(response));
    if (old.has(socket)) response.shouldKeepAlive = false;
    response.once('close', () => {
      responses.delete(response);
      if (old.has(socket) && responses.size === 0) socket.end();
    });
  });
}

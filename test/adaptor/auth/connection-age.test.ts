import { once } from 'node:events';
import { Agent } from 'node:https';
import { connect } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { limitConnectionAge } from '../../../adaptor/auth/connection-age.ts';
import { clientTlsOptions } from '../../../adaptor/auth/tls.ts';
import type { TlsMaterial } from '../../../adaptor/auth/tls.ts';
import { get, startServer, testAuthority } from './tls-parties.ts';

let serverMaterial: TlsMaterial;
let client: TlsMaterial;

beforeAll(async () => {
  const authority = await testAuthority();
  [serverMaterial, client] = await Promise.all([authority.server(), authority.client()]);
});

// Only the timers that the code sets itself: sockets and requests go on as ever.
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

const AGE_MS = 600_000;

it('an idle connection is ended at its age', async () => {
  await using producer = await startServer(serverMaterial, (_, response) => response.end());
  limitConnectionAge(producer.server, AGE_MS);
  const accepted = once(producer.server, 'secureConnection');
  const socket = connect({ host: '127.0.0.1', port: producer.port, ...clientTlsOptions(client, 'localhost') }).resume();
  await accepted;
  vi.advanceTimersByTime(AGE_MS);
  await once(socket, 'end');
  expect(socket.readableEnded).toBe(true);
  socket.destroy();
});

it('a request that is being answered is answered first, and the next has a connection of its own', async () => {
  const ports = new Set<number | undefined>();
  await using producer = await startServer(serverMaterial, (request, response) => {
    ports.add(request.socket.remotePort);
    if (ports.size === 1) vi.advanceTimersByTime(AGE_MS);
    response.end(String(ports.size));
  });
  limitConnectionAge(producer.server, AGE_MS);
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ...clientTlsOptions(client, 'localhost') });
  expect(await get(producer.port, { agent })).toMatchObject({ status: 200, body: '1', connection: 'close' });
  expect(await get(producer.port, { agent })).toMatchObject({ status: 200, body: '2', connection: 'keep-alive' });
  agent.destroy();
});

it('a long answer that has begun is ended, and its connection with it', async () => {
  await using producer = await startServer(serverMaterial, (_, response) => {
    response.write('begun, ');
    vi.advanceTimersByTime(AGE_MS);
    response.end('ended');
  });
  producer.server.keepAliveTimeout = 0; // nobody else ends it
  limitConnectionAge(producer.server, AGE_MS);
  const [[socket], answer] = await Promise.all([
    once(producer.server, 'secureConnection') as Promise<[TLSSocket]>,
    get(producer.port, { ...clientTlsOptions(client, 'localhost'), agent: new Agent({ keepAlive: true }) }),
  ]);
  expect(answer.body).toBe('begun, ended');
  if (!socket.closed) await once(socket, 'close');
  expect(socket.closed).toBe(true);
});

it('a young connection is kept', async () => {
  const ports = new Set<number | undefined>();
  await using producer = await startServer(serverMaterial, (request, response) => {
    ports.add(request.socket.remotePort);
    response.end();
  });
  limitConnectionAge(producer.server, AGE_MS);
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ...clientTlsOptions(client, 'localhost') });
  for (let i = 0; i < 3; i++) {
    expect(await get(producer.port, { agent })).toMatchObject({ status: 200, connection: 'keep-alive' });
    if (i === 0) vi.advanceTimersByTime(AGE_MS - 1);
  }
  expect(ports.size).toBe(1);
  agent.destroy();
});

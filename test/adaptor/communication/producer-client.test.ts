import { type ServerResponse, createServer as createPlain } from 'node:http';
import { type AddressInfo, type Socket, createServer as createTcp } from 'node:net';
import { describe, expect, it } from 'vitest';
import { certificateFacts } from '../../../adaptor/auth/certificate.ts';
import { clientTlsOptions } from '../../../adaptor/auth/tls.ts';
import { ProducerClient } from '../../../adaptor/communication/producer-client.ts';
import type { VerifiedManifest } from '../../../adaptor/communication/window-body-reader.ts';
import { writeWindowBody } from '../../../adaptor/communication/window-body-writer.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import { toProblem } from '../../../exchange/problem.ts';
import { JWS_MEDIA_TYPE, PATHS, PROBLEM_MEDIA_TYPE, PROOF_HEADER, WINDOW_MEDIA_TYPE } from '../../../exchange/protocol.ts';
import { codeOf } from '../../support/code-of.ts';
import { createTestAuthority } from '../../support/test-pki.ts';
import { type Handler, closing, link, startPeer } from '../../support/test-peer.ts';

const problem = (response: ServerResponse, error: TidegateError) => {
  const document = toProblem(error);
  response.writeHead(document.status, { 'content-type': PROBLEM_MEDIA_TYPE }).end(JSON.stringify(document));
};

async function* rowsOf(...parts: string[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield Buffer.from(part);
}

const verify = async (jws: string): Promise<VerifiedManifest> => ({ jws, claims: { digest: jws } as VerifiedManifest['claims'] });
const contacts = { collection: 'contacts', ordinal: 7 };
const name = 'acme/test/hub';

describe('the consumer’s client', () => {
  it('sends each request to its path, with a token and a proof of its own', async () => {
    const peer = await startPeer((_request, response) => response.end('answer'));
    const client = peer.client();
    expect(await client.open('opening', ['contacts', 'tasks'])).toBe('answer');
    await client.register('contacts', 'registration');
    await client.sendWindow({ ...contacts, rows: rowsOf('a\n'), manifest: async (digest) => `manifest:${digest}` });
    await client.sendChunk({ ...contacts, chunk: 3, rows: rowsOf(), manifest: async () => 'manifest' });
    await client.closeLoad({ ...contacts, manifest: 'load manifest' });
    await client.settle({ ...contacts, settlement: 'settlement' });
    await client.returnReceipt({ ...contacts, receipt: 'receipt' });
    expect(peer.seen.map(({ method, path }) => `${method} ${path}`)).toEqual([
      `POST ${PATHS.opening(name)}`,
      `PUT ${PATHS.registration(name, 'contacts')}`,
      `PUT ${PATHS.window(name, 'contacts', 7)}`,
      `PUT ${PATHS.chunk(name, 'contacts', 7, 3)}`,
      `POST ${PATHS.closeLoad(name, 'contacts', 7)}`,
      `POST ${PATHS.settle(name, 'contacts', 7)}`,
      `POST ${PATHS.reverseReceipt(name, 'contacts', 7)}`,
    ]);
    const proofs = peer.seen.map(({ headers }) => String(headers[PROOF_HEADER]).split(' '));
    expect(new Set(proofs.map(([id]) => id)).size).toBe(7);
    for (const [i, { method, path, headers, body }] of peer.seen.entries()) {
      const isWindow = headers['content-type'] === WINDOW_MEDIA_TYPE;
      expect(proofs[i]?.slice(1)).toEqual([method, path, String(headers.authorization).replace('Bearer ', ''), ...(isWindow ? ['stream'] : body.split(' '))]);
      expect(isWindow || headers['content-type'] === JWS_MEDIA_TYPE).toBe(true);
    }
    expect(peer.seen[2]?.body.startsWith('d\0\0\0\x02a\nm\0')).toBe(true);
    expect(peer.seen[2]?.body).toContain('manifest:');
  });

  it('keeps its connection, and a token until shortly before it expires', async () => {
    const peer = await startPeer((_request, response) => response.end('answer'));
    const client = peer.client();
    const granted = await client.requestToken({ operations: ['forward', 'reverse'], collections: ['contacts'] });
    expect(JSON.stringify(granted)).not.toContain('token-1');
    for (let i = 0; i < 5; i++) await client.settle({ ...contacts, settlement: 's' });
    expect(peer.tokens).toBe(1);
    expect(peer.connections()).toBeLessThan(4);
    await client.register('contacts', 'another operation');
    await client.settle({ ...contacts, collection: 'tasks', settlement: 'another collection' });
    expect(peer.tokens).toBe(3);

    const brief = await startPeer((_request, response) => response.end('answer'), 5);
    const second = brief.client();
    for (let i = 0; i < 2; i++) await second.settle({ ...contacts, settlement: 's' });
    expect(brief.tokens).toBe(2);
  });

  it('forgets its tokens when the producer does not take one', async () => {
    let refuse = true;
    const peer = await startPeer((_request, response) => (refuse ? problem(response, new TidegateError('invalid-token')) : response.end('answer')));
    const client = peer.client();
    expect(await codeOf(client.settle({ ...contacts, settlement: 's' }))).toBe('invalid-token');
    refuse = false;
    expect(await client.settle({ ...contacts, settlement: 's' })).toBe('answer');
    expect(peer.tokens).toBe(2);
  });

  it('throws the producer’s own refusal, by its code, with facts but not with whatever else', async () => {
    const peer = await startPeer((_request, response) =>
      problem(response, new TidegateError('schema-drifted', 'contacts: note: missing.', { columns: ['note: missing'] })),
    );
    const error = await peer
      .client()
      .settle({ ...contacts, settlement: 's' })
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TidegateError);
    expect(error).toMatchObject({
      code: 'schema-drifted',
      message: 'The table no longer has the shape that was registered. contacts: note: missing.',
      facts: { columns: ['note: missing'], status: 409 },
    });
  });

  it.each([
    [502, 'text/html', '<h1>Bad gateway</h1>', 'connection-failed'],
    [503, PROBLEM_MEDIA_TYPE, '{"code":"no-such-code"}', 'connection-failed'],
    [429, 'text/html', '<h1>Slow down</h1>', 'too-many-requests'],
    [500, 'application/json', '{}', 'unexpected'],
    [404, 'text/plain', 'nothing', 'unexpected'],
    [400, PROBLEM_MEDIA_TYPE, '{"code":"__proto__"}', 'unexpected'],
    [400, PROBLEM_MEDIA_TYPE, `{"code":"replayed","facts":{"deep":{"a":1}}}`, 'unexpected'],
    [500, 'text/plain', 'x'.repeat(2_000_000), 'too-large'],
  ])('takes an answer %i %s for what it is', async (status, type, body, code) => {
    const peer = await startPeer((_request, response) => response.writeHead(status, { 'content-type': type }).end(body));
    expect(await codeOf(peer.client().settle({ ...contacts, settlement: 's' }))).toBe(code);
  });

  it.each([
    ['7', 7],
    ['0', 1],
    ['99999999', 900],
    [new Date(Date.now() + 3_600_000).toUTCString(), 900],
    ['soon', undefined],
  ])('hears Retry-After %s', async (header, seconds) => {
    const peer = await startPeer((_request, response) => response.writeHead(429, { 'retry-after': header }).end());
    const error = await peer
      .client()
      .settle({ ...contacts, settlement: 's' })
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'too-many-requests' });
    expect((error as TidegateError).facts['retryAfterSeconds']).toBe(seconds);
  });

  it('sends again when the other side said, with a proof of its own, and leaves long waits to whoever asked', async () => {
    let refused = 0;
    const peer = await startPeer((_request, response) => {
      refused += 1;
      if (refused === 1) problem(response, new TidegateError('too-many-requests', undefined, { retryAfterSeconds: 1 }));
      else response.end('receipt');
    });
    expect(await peer.client().settle({ ...contacts, settlement: 's' })).toBe('receipt');
    expect(new Set(peer.seen.map(({ headers }) => headers[PROOF_HEADER])).size).toBe(2);
    const far = await startPeer((_request, response) => problem(response, new TidegateError('too-many-requests', undefined, { retryAfterSeconds: 600 })));
    expect(await codeOf(far.client().settle({ ...contacts, settlement: 's' }))).toBe('too-many-requests');
    expect(far.seen).toHaveLength(1);
    const ended = AbortSignal.timeout(20);
    const slow = await startPeer((_request, response) => problem(response, new TidegateError('too-many-requests', undefined, { retryAfterSeconds: 20 })));
    await expect(slow.client().settle({ ...contacts, settlement: 's', signal: ended })).rejects.toThrow(/abort/i);
  });

  it('follows no redirect', async () => {
    let elsewhere = 0;
    const other = createPlain((_request, response) => response.end(String((elsewhere += 1))));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    closing.push(() => other.close());
    const location = `http://127.0.0.1:${(other.address() as AddressInfo).port}/`;
    const peer = await startPeer((_request, response) => response.writeHead(308, { location }).end());
    expect(await codeOf(peer.client().settle({ ...contacts, settlement: 's' }))).toBe('unexpected');
    expect(elsewhere).toBe(0);
  });

  it('speaks https only', () => {
    expect(
      () => new ProducerClient({ baseUrl: 'http://127.0.0.1', tls: {}, link, auth: { createAssertion: async () => '', createProof: async () => '' } }),
    ).toThrow(TidegateError);
  });

  it('gives up a producer that is not there, does not answer, or stops in the middle', async () => {
    const peer = await startPeer(() => undefined);
    expect(await codeOf(peer.client({ baseUrl: 'https://127.0.0.1:1' }).health())).toBe('connection-failed');
    expect(await codeOf(peer.client({ answerTimeoutMs: 300 }).settle({ ...contacts, settlement: 's' }))).toBe('connection-failed');
    const stalling = await startPeer((_request, response) => response.writeHead(200).write('half'));
    expect(await codeOf(stalling.client({ silenceTimeoutMs: 300 }).settle({ ...contacts, settlement: 's' }))).toBe('connection-failed');
    const cutting = await startPeer((request, response) => {
      response.writeHead(200).write('half');
      setTimeout(() => request.socket.destroy(), 50);
    });
    expect(await codeOf(cutting.client().settle({ ...contacts, settlement: 's' }))).toBe('connection-failed');
  });

  it('gives up a half-open connection in bounded time', async () => {
    const sockets: Socket[] = [];
    const swallowing = createTcp((socket) => sockets.push(socket.on('error', () => undefined)));
    await new Promise<void>((resolve) => swallowing.listen(0, '127.0.0.1', resolve));
    closing.push(() => {
      for (const socket of sockets) socket.destroy();
      swallowing.close();
    });
    const peer = await startPeer(() => undefined);
    const baseUrl = `https://127.0.0.1:${(swallowing.address() as AddressInfo).port}`;
    expect(await codeOf(peer.client({ baseUrl, connectTimeoutMs: 1000 }).health())).toBe('connection-failed');
  });

  it('says which certificate the producer refused', async () => {
    const peer = await startPeer(() => undefined);
    expect(['certificate-missing', 'connection-failed']).toContain(
      await codeOf(peer.client({ tls: { ca: undefined, cert: undefined, key: undefined } }).health()),
    );
    const authority = await createTestAuthority();
    const foreign = await authority.client();
    expect(certificateFacts(foreign.certificate).subject).toContain('test consumer');
    expect(['client-not-allowed', 'connection-failed']).toContain(await codeOf(peer.client({ tls: clientTlsOptions(foreign, '127.0.0.1') }).health()));
  });

  it('throws the error of its own rows, not of the connection, and the body is not taken for a whole one', async () => {
    const peer = await startPeer((_request, response) => response.end('receipt'));
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield Buffer.alloc(200_000, 'x');
      throw new TidegateError('database-unavailable');
    }
    expect(await codeOf(peer.client().sendWindow({ ...contacts, rows: failing(), manifest: async () => 'm' }))).toBe('database-unavailable');
    expect(peer.seen).toEqual([]);
  });

  it('ends a request that is cancelled, and its rows', async () => {
    const peer = await startPeer(() => undefined);
    const cancelled = new AbortController();
    let ended = false;
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) {
          yield Buffer.alloc(1000, 'x');
          begin();
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      } finally {
        ended = true;
      }
    }
    const sending = peer.client().sendWindow({ ...contacts, rows: endless(), manifest: async () => 'm', signal: cancelled.signal });
    void begun.then(() => cancelled.abort(new Error('cancelled by its activity')));
    await expect(sending).rejects.toThrow('cancelled by its activity');
    await expect.poll(() => ended).toBe(true);
  });

  it('reads a reverse window, an empty answer, and refuses what is no window', async () => {
    const { createHash } = await import('node:crypto');
    const answers: Handler[] = [
      (_request, response) => response.writeHead(204).end(),
      async (_request, response) => {
        response.writeHead(200, { 'content-type': WINDOW_MEDIA_TYPE });
        for await (const piece of writeWindowBody(rowsOf('a,b\n', 'c,d\n'), async (digest) => digest)) response.write(piece);
        response.end();
      },
      (_request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Welcome</h1>'),
      (request, response) => {
        response.writeHead(200, { 'content-type': WINDOW_MEDIA_TYPE }).write('d\0\0\0\x05abc');
        setTimeout(() => request.socket.destroy(), 50);
      },
      (_request, response) => response.writeHead(200, { 'content-type': WINDOW_MEDIA_TYPE }).end('d\0\0\0\x01\n'),
    ];
    const peer = await startPeer((request, response, body) => answers[Number(body)]?.(request, response, body));
    const client = peer.client();
    const fetch = (message: string) => client.fetchReverse({ collection: 'contacts', message, holdMs: 0, verify });
    const read = async (message: string) => {
      const body = await fetch(message);
      let text = '';
      for await (const piece of body?.rows ?? []) text += Buffer.from(piece).toString();
      return { text, manifest: await body?.manifest() };
    };
    expect(await fetch('0')).toBeUndefined();
    const digest = createHash('sha256').update('a,b\nc,d\n').digest('base64url');
    expect(await read('1')).toEqual({ text: 'a,b\nc,d\n', manifest: { jws: digest, claims: { digest } } });
    expect(await codeOf(read('2'))).toBe('batch-refused');
    expect(await codeOf(read('3'))).toBe('connection-failed');
    expect(await codeOf(read('4'))).toBe('batch-refused');
    expect(peer.seen[0]?.path).toBe(PATHS.reverse(name, 'contacts'));
  });
});

import { connect as connectTls } from 'node:tls';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { issue } from '../../adaptor/auth/sign.ts';
import { createProof } from '../../adaptor/auth/proof.ts';
import { JWS_MEDIA_TYPE, PATHS, PROOF_HEADER, WINDOW_MEDIA_TYPE } from '../../exchange/protocol.ts';
import { signAnything } from '../adaptor/auth/forge.ts';
import { type PlainAnswer, auditedCodes, expectRefused, fetchToken, send, signedRequest, storeState } from '../support/producer-requests.ts';
import { type TestProducer, startTestProducer } from '../support/test-producer.ts';

const LIMITS = { maxJwsBytes: 20_000, maxWindowBytes: 50_000, maxHeaderBytes: 8192, headersTimeoutMs: 1000, requestTimeoutMs: 3000, silenceTimeoutMs: 500 };

let producer: TestProducer;
let before: string;
const path = PATHS.settle('acme/test/hub', 'contacts', 1);
const windowPath = PATHS.window('acme/test/hub', 'contacts', 1);

beforeAll(async () => {
  producer = await startTestProducer({ limits: LIMITS });
  const { link } = producer;
  await producer.admin.query('insert into tidegate.link (name, tenant, environment, link, epoch) values ($1, $2, $3, $4, 1)', [
    'acme/test/hub',
    link.tenant,
    link.environment,
    link.link,
  ]);
  // A registered collection, so that windows reach the injector.
  const definition = { name: 'contacts', key: ['id'], fields: [{ name: 'id', type: 'uuid', nullable: false, authority: 'either' }], references: [] };
  const { definitionHash } = await import('../../adaptor/data/plan.ts');
  const hash = definitionHash(definition as Parameters<typeof definitionHash>[0]);
  const registration = await issue(producer.crmKey, 'registration', { ...link, epoch: 1, definition: definition as never, hash });
  const answer = await send(producer, await signedRequest(producer, 'PUT', PATHS.registration('acme/test/hub', 'contacts'), registration));
  expect(answer).toMatchObject({ status: 200 });
});
afterAll(() => producer[Symbol.asyncDispose]());
beforeEach(async () => {
  await producer.admin.query('truncate tidegate.audit_event');
  before = await storeState(producer.admin);
});

/** Sends bytes over TLS as they are, and gives all that comes back until the connection ends. `more` is written after the first bytes, again and again. */
function sendRaw(text: string, more?: { readonly bytes: string; readonly everyMs: number }): Promise<string> {
  return new Promise((resolve) => {
    const { ca, certificate, key } = producer.crmTls;
    let answer = '';
    const socket = connectTls({ host: '127.0.0.1', port: producer.port, ca, cert: certificate, key }, () => {
      socket.write(text);
      if (more === undefined) return;
      const timer = setInterval(() => socket.write(more.bytes), more.everyMs);
      socket.on('close', () => clearInterval(timer));
    });
    socket.on('data', (piece: Buffer) => (answer += piece.toString('latin1')));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(answer));
  });
}

/** The parts of a raw answer. */
function parseRaw(raw: string): PlainAnswer {
  const [head = '', body = ''] = raw.split('\r\n\r\n');
  const [statusLine = '', ...lines] = head.split('\r\n');
  const headers = Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]));
  return { status: Number(statusLine.split(' ')[1]), headers, body };
}

const settlement = () => issue(producer.crmKey, 'settlement', { ...producer.link, collection: 'contacts', ordinal: 1, epoch: 1 });

async function windowHeaders(accessToken?: string): Promise<Record<string, string>> {
  return (await signedRequest(producer, 'PUT', windowPath, new Uint8Array(), accessToken === undefined ? {} : { accessToken })).headers;
}

const headerLines = (headers: Record<string, string>) =>
  Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');

describe('an HTTP request', () => {
  it('is refused with both a length and chunks (smuggling), with two lengths, and without a host', async () => {
    const smuggled = `POST ${PATHS.token} HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /v1/health HTTP/1.1\r\nHost: x\r\n\r\n`;
    for (const raw of [
      smuggled,
      `POST ${PATHS.token} HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab`,
      `POST ${PATHS.token} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`,
      'GET /v1/health HTTP/1.1\nNonsense\n\n',
    ]) {
      const answer = await sendRaw(raw);
      expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 400']);
      expectRefused(parseRaw(answer), 'bad-request');
    }
    expect((await sendRaw('GET /v1/health HTTP/1.1\r\nConnection: close\r\n\r\n')).startsWith('HTTP/1.1 400')).toBe(true);
    expect(await storeState(producer.admin)).toBe(before);
  });

  it('is refused where its headers are too large', async () => {
    expectRefused(parseRaw(await sendRaw(`GET ${PATHS.health} HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`)), 'too-large');
  });

  it('is refused where its body is too large, declared or not', async () => {
    const long = 'x'.repeat(LIMITS.maxJwsBytes + 1);
    expectRefused(await send(producer, await signedRequest(producer, 'POST', path, long)), 'too-large');
    const frames = Buffer.alloc(LIMITS.maxWindowBytes + 1);
    expectRefused(await send(producer, { method: 'PUT', path: windowPath, headers: await windowHeaders(), body: frames }), 'too-large');
    // Undeclared: chunks of frames that never end.
    const frame = `d${String.fromCharCode(0, 0, 0x10, 0x20)}${'D,*,,,00000000-0000-4000-8000-000000000000\n'.repeat(96)}`;
    const chunk = `${frame.length.toString(16)}\r\n${frame}\r\n`;
    const raw = await sendRaw(`PUT ${windowPath} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n${headerLines(await windowHeaders())}\r\n`, {
      bytes: chunk.repeat(4),
      everyMs: 5,
    });
    expectRefused(parseRaw(raw), 'too-large');
    expect(await storeState(producer.admin)).toBe(before);
  });

  it('is refused compressed, however small', async () => {
    const body = await settlement();
    const signed = await signedRequest(producer, 'POST', path, body);
    for (const coding of ['gzip', 'br', 'identity', 'deflate, gzip'])
      expectRefused(await send(producer, { ...signed, headers: { ...signed.headers, 'content-encoding': coding }, body: gzipSync(body) }), 'unsupported-media');
    expect(await storeState(producer.admin)).toBe(before);
  });

  it('is refused with another type of body', async () => {
    for (const mediaType of ['application/json', 'text/plain', 'multipart/form-data; boundary=x', 'application/jose-evil'])
      expectRefused(await send(producer, await signedRequest(producer, 'POST', path, '{"a":1}', { mediaType })), 'unsupported-media');
    const body = await settlement();
    expectRefused(await send(producer, await signedRequest(producer, 'POST', path, body, { mediaType: 'application/x-www-form-urlencoded' })), 'bad-request');
    expectRefused(await send(producer, await signedRequest(producer, 'PUT', windowPath, body)), 'bad-request');
    expectRefused(await send(producer, { path: PATHS.token, headers: { 'content-type': JWS_MEDIA_TYPE }, body }), 'bad-request');
  });

  it('is refused where its JSON is deep or its members double, also behind a valid signature', async () => {
    const deep = `${'{"a":'.repeat(2000)}1${'}'.repeat(2000)}`;
    expectRefused(await send(producer, await signedRequest(producer, 'POST', path, deep, { mediaType: 'application/json' })), 'unsupported-media');
    const header = { alg: 'EdDSA', typ: 'tidegate-settlement-v1+jwt', kid: producer.crmKey.kid };
    for (const payload of [deep, '{"iss":"a","iss":"b"}', '{"__proto__":{"polluted":true}}', 'null', '[]'])
      expectRefused(await send(producer, await signedRequest(producer, 'POST', path, await signAnything(producer.crmKey, header, payload))), 'invalid-token');
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(await storeState(producer.admin)).toBe(before);
  });

  it('that comes too slowly is ended: headers, a signed object, a window', async () => {
    const slowHeaders = await sendRaw(`POST ${PATHS.token} HTTP/1.1\r\nHost: x\r\n`, { bytes: 'X-A: b\r\n', everyMs: 300 });
    expectRefused(parseRaw(slowHeaders), 'request-timeout');
    const signed = await signedRequest(producer, 'POST', path, await settlement());
    const slowBody = await sendRaw(`POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n${headerLines(signed.headers)}\r\n`, {
      bytes: 'x',
      everyMs: 300,
    });
    expectRefused(parseRaw(slowBody), 'request-timeout');
    const silentWindow = await sendRaw(`PUT ${windowPath} HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n${headerLines(await windowHeaders())}\r\nd`);
    expectRefused(parseRaw(silentWindow), 'request-timeout');
    const slowWindow = await sendRaw(`PUT ${windowPath} HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n${headerLines(await windowHeaders())}\r\n`, {
      bytes: 'd',
      everyMs: 200,
    });
    expect(parseRaw(slowWindow).status === 408 || parseRaw(slowWindow).status === 422).toBe(true);
    expect(await storeState(producer.admin)).toBe(before);
  });

  it('that is cut in the middle of a window leaves nothing, and no connection of the store', async () => {
    const headers = await windowHeaders();
    await new Promise<void>((resolve) => {
      const { ca, certificate, key } = producer.crmTls;
      const socket = connectTls({ host: '127.0.0.1', port: producer.port, ca, cert: certificate, key }, () => {
        socket.write(`PUT ${windowPath} HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n${headerLines(headers)}\r\nd`);
        setTimeout(() => socket.destroy(), 100);
      });
      socket.on('close', () => resolve());
    });
    await expect
      .poll(
        async () =>
          (
            await producer.admin.query(
              `select count(*)::int as n from pg_stat_activity where application_name = 'test producer' and state <> 'idle' and datname = current_database()`,
            )
          ).rows,
        { timeout: 10_000 },
      )
      .toEqual([{ n: 0 }]);
    expect(await storeState(producer.admin)).toBe(before);
  });

  it('finds nothing at other paths and methods, and a clear word at other versions', async () => {
    for (const [method, other] of [
      ['GET', '/'],
      ['GET', '/v1/../etc/passwd'],
      ['DELETE', windowPath],
      ['POST', '/v1/links/acme/test/hub/collections/contacts/forward/1/settle/more'],
      ['GET', `${PATHS.health}/`],
    ] as const)
      expectRefused(await send(producer, { method, path: other }), 'path-unknown');
    const answer = await send(producer, { path: windowPath.replace('/v1/', '/v2/'), method: 'PUT' });
    expectRefused(answer, 'protocol-version');
    expect(answer.body).toContain('version 2');
    expectRefused(await send(producer, { path: windowPath.replace('/v1/', '/v0/'), method: 'PUT' }), 'protocol-version');
  });

  it('with hostile parts of a path is refused before anything is looked up', async () => {
    const token = await fetchToken(producer);
    for (const hostile of ["contacts'--", 'CONTACTS', '%2e%2e', 'a%00b', '__proto__', 'constructor%20'])
      for (const other of [`/v1/links/acme/test/hub/collections/${hostile}/forward/1/settle`, `/v1/links/${hostile}/test/hub/openings`]) {
        const body = await settlement();
        const proof = await createProof(producer.crmKey, { method: 'POST', path: other, accessToken: token, body });
        const answer = await send(producer, {
          path: other,
          headers: { authorization: `Bearer ${token}`, [PROOF_HEADER]: proof, 'content-type': JWS_MEDIA_TYPE },
          body,
        });
        expect([400, 401, 403, 404]).toContain(answer.status);
      }
    for (const number of ['0', '-1', '1.5', '1e3', '99999999999999999999', 'NaN', '0x1']) {
      const other = `/v1/links/acme/test/hub/collections/contacts/forward/${number}/settle`;
      expectRefused(await send(producer, await signedRequest(producer, 'POST', other, await settlement(), { accessToken: token })), 'bad-request');
    }
    expect(await storeState(producer.admin)).toBe(before);
    expect((await auditedCodes(producer.admin)).length).toBeGreaterThan(0);
  });

  it('keeps the type of windows to the letter', async () => {
    const headers = { ...(await windowHeaders()), 'content-type': `${WINDOW_MEDIA_TYPE}; charset=utf-8` };
    expectRefused(await send(producer, { method: 'PUT', path: windowPath, headers, body: 'x' }), 'bad-request');
  });
});

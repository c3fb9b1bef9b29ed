import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestCrm, USER_PASSWORD, startTestCrm } from '../crm/test-crm.ts';

/* The CRM application on its port: what a browser or another site can be made to do (attack 31), and what HTTP can be abused for. */

let crm: TestCrm;
let origin: string;
let cookie: string;

beforeAll(async () => {
  crm = await startTestCrm();
  await crm.app.listen({ host: '127.0.0.1', port: 0 });
  origin = `http://127.0.0.1:${(crm.app.server.address() as AddressInfo).port}`;
  const answer = await ask('POST', '/api/session', { email: 'uwe@crm.example', password: USER_PASSWORD });
  cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? '';
});
afterAll(() => crm[Symbol.asyncDispose]());

const ask = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${origin}${path}`, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...(cookie ? { cookie } : {}), ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' || body instanceof Uint8Array ? (body as string) : JSON.stringify(body) }),
  });
const codeOf = async (answer: Response) => ((await answer.json()) as { code: string }).code;
const contacts = async () => (await crm.admin.query<{ n: number }>('select count(*)::int as n from crm.contacts')).rows[0]?.n;

describe('what another site makes a browser send', () => {
  it.each([
    ['a write from another site', { 'sec-fetch-site': 'cross-site' }],
    ['a write from a sister site', { 'sec-fetch-site': 'same-site' }],
    ['a write that names another origin', { origin: 'https://evil.example' }],
    ['a write whose origin is hidden', { origin: 'null' }],
  ])('is refused: %s, though the cookie is good', async (_what, headers) => {
    const before = await contacts();
    const answer = await ask('POST', '/api/contacts', { familyName: 'Forged' }, headers);
    expect(answer.status).toBe(403);
    expect(await codeOf(answer)).toBe('cross-site');
    expect(await contacts()).toBe(before);
  });

  it('is refused as a form, which needs nobody’s leave', async () => {
    for (const mediaType of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
      const answer = await ask('POST', '/api/contacts', '{"familyName":"Forged"}', { 'content-type': mediaType });
      expect(await codeOf(answer)).toBe('unsupported-media');
    }
  });
});

describe('every answer', () => {
  it('can be framed by nobody, is not sniffed, and runs no script of a record', async () => {
    const script = '<script>alert(1)</script><img src=x onerror=alert(1)>';
    const made = await ask('POST', '/api/contacts', { familyName: script });
    expect(made.status).toBe(201);
    const { id } = (await made.json()) as { id: string };
    for (const path of ['/', '/contacts', `/api/contacts/${id}`, '/api/contacts', '/api/nothing', '/assets/none.js']) {
      const { headers } = await ask('GET', path, undefined, { accept: path.startsWith('/api') ? 'application/json' : 'text/html' });
      expect(headers.get('content-security-policy')).toMatch(/frame-ancestors 'none'/);
      expect(headers.get('content-security-policy')).not.toMatch(/script-src[^;]*'unsafe/);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    }
    const told = await ask('GET', `/api/contacts/${id}`);
    expect(told.headers.get('content-type')).toContain('application/json');
    expect(((await told.json()) as { familyName: string }).familyName).toBe(script);
  });
});

describe('HTTP that is abused', () => {
  it('is refused: too large, compressed, deep, and both a length and chunks', async () => {
    const before = await contacts();
    expect(await codeOf(await ask('POST', '/api/contacts', { note: 'x'.repeat(2_000_000) }))).toBe('too-large');
    // A bomb is never unpacked: its bytes are no JSON.
    const bomb = gzipSync(Buffer.alloc(10_000_000, 'x'));
    expect([400, 413, 415]).toContain((await ask('POST', '/api/contacts', bomb, { 'content-encoding': 'gzip' })).status);
    expect(await codeOf(await ask('POST', '/api/contacts', `{"note":${'['.repeat(50_000)}${']'.repeat(50_000)}}`))).toBe('bad-request');
    expect(await codeOf(await ask('POST', '/api/contacts', '{"familyName":"a","__proto__":{"role":"integration-admin"}}'))).toBe('bad-request');
    const smuggled = await raw(
      `POST /api/session HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /api/contacts HTTP/1.1\r\nHost: x\r\n\r\n`,
    );
    expect(smuggled.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 400']);
    expect(await contacts()).toBe(before);
  });
});

function raw(text: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(Number(new URL(origin).port), '127.0.0.1', () => socket.write(text));
    socket.on('data', (piece: Buffer) => (answer += piece.toString('latin1')));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(answer));
  });
}

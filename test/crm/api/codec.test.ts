import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addCodecKey, ensureCodecKeys, listCodecKeys, removeCodecKey } from '../../../adaptor/auth/codec/codec-key-file.ts';
import { type TemporalCodec, openCodec } from '../../../adaptor/auth/codec/payload-codec.ts';
import { type PayloadJson, toPayloadJson } from '../../../adaptor/auth/codec/payload-json.ts';
import { payloadOf } from '../../support/payloads.ts';
import { type Requests, type TestCrm, USER_PASSWORD, startTestCrm } from '../test-crm.ts';

/* The codec server as the Temporal UI asks it: from pages of another origin, with the cookies of the CRM's user. */

const UI = 'http://temporal.example';
const folder = mkdtempSync(join(tmpdir(), 'codec-'));
const file = join(folder, 'codec-keys.json');
let codec: TemporalCodec;
let crm: TestCrm;
let as: Readonly<Record<'uwe' | 'ada' | 'aud', Requests>>;

beforeAll(async () => {
  await ensureCodecKeys(file);
  codec = await openCodec(file);
  crm = await startTestCrm({ codec });
  const [uwe, ada, aud] = await Promise.all(['uwe', 'ada', 'aud'].map((name) => crm.signIn(`${name}@crm.example`)));
  as = { uwe, ada, aud } as typeof as;
});
afterAll(async () => {
  await crm[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const fromUi = { origin: UI, 'sec-fetch-site': 'same-site', 'x-namespace': 'tidegate' };
const encoded = async (...values: readonly unknown[]): Promise<readonly PayloadJson[]> => (await codec.encode(values.map(payloadOf))).map(toPayloadJson);
const plain = (...values: readonly unknown[]): readonly PayloadJson[] => values.map((value) => toPayloadJson(payloadOf(value)));
const decode = (who: Requests, payloads: unknown, headers: Record<string, string> = fromUi) =>
  who('POST', '/api/codec/decode?preserveStorageRefs=true', { payloads }, headers);

describe('decoding for the Temporal UI', () => {
  it('answers an auditor and an integration administrator, in order, and lets what is plain pass', async () => {
    const payloads = [...(await encoded('one', { two: [2] }, undefined)), ...plain('three')];
    for (const who of [as.aud, as.ada]) {
      const answer = await decode(who, payloads);
      expect([answer.statusCode, answer.json()]).toEqual([200, { payloads: plain('one', { two: [2] }, undefined, 'three') }]);
      expect(answer.headers).toMatchObject({
        'access-control-allow-origin': UI,
        'access-control-allow-credentials': 'true',
        vary: expect.stringContaining('Origin') as string,
        'cache-control': 'no-store',
      });
    }
  });

  it('is refused to a user without the right, and to whom nobody knows; the UI can read why', async () => {
    const payloads = await encoded('one');
    const refused = await decode(as.uwe, payloads);
    expect([refused.statusCode, refused.json()]).toMatchObject([403, { code: 'not-allowed' }]);
    expect(refused.headers['access-control-allow-origin']).toBe(UI);
    const unknown = await crm.app.inject({ method: 'POST', url: '/api/codec/decode', payload: { payloads }, headers: fromUi });
    expect([unknown.statusCode, unknown.json()]).toMatchObject([401, { code: 'not-signed-in' }]);
    expect(unknown.headers['access-control-allow-origin']).toBe(UI);
  });

  it('names a key that is not here, and says of a payload that was altered that it does not open', async () => {
    const payloads = await encoded('old');
    const [lost] = (await listCodecKeys(file)).filter(({ current }) => current);
    await addCodecKey(file, { current: true });
    expect((await decode(as.aud, payloads)).statusCode).toBe(200);
    await removeCodecKey(file, lost?.keyId ?? '');
    const missing = await decode(as.aud, [...(await encoded('new')), ...payloads]);
    expect([missing.statusCode, missing.json()]).toMatchObject([422, { code: 'codec-key-missing', facts: { keyId: lost?.keyId } }]);
    const [fresh] = await encoded('secret');
    const altered = await decode(as.aud, [{ ...fresh, data: Buffer.from('altered, but long enough to be read').toString('base64') }]);
    expect([altered.statusCode, altered.json()]).toMatchObject([422, { code: 'codec-payload-damaged' }]);
    expect(altered.body).not.toContain('secret');
  });

  it.each([
    ['no payloads', {}],
    ['a list of something else', { payloads: ['text'] }],
    ['bytes that are no base64', { payloads: [{ data: '*' }] }],
    ['metadata that is no text', { payloads: [{ metadata: { encoding: 1 } }] }],
  ])('refuses a body with %s', async (_, body) => {
    const answer = await as.aud('POST', '/api/codec/decode', body, fromUi);
    expect([answer.statusCode, answer.json()]).toMatchObject([400, { code: 'bad-request' }]);
  });

  it('takes what Temporal takes, two megabytes a payload, and not everything', async () => {
    const large = 'x'.repeat(2_000_000);
    const answer = await decode(as.aud, await encoded(large));
    expect(answer.json()).toEqual({ payloads: plain(large) });
    expect((await decode(as.aud, [{ data: 'A'.repeat(9 << 20) }])).statusCode).toBe(413);
  });
});

describe('encoding what is typed into the Temporal UI', () => {
  it('is the integration administrator’s only', async () => {
    const ask = (who: Requests) => who('POST', '/api/codec/encode', { payloads: plain({ link: 'a/b/c' }) }, fromUi);
    const answer = await ask(as.ada);
    const { payloads } = answer.json<{ payloads: PayloadJson[] }>();
    expect(answer.statusCode).toBe(200);
    expect(JSON.stringify(payloads)).not.toContain(plain({ link: 'a/b/c' })[0]?.data);
    expect((await decode(as.ada, payloads)).json()).toEqual({ payloads: plain({ link: 'a/b/c' }) });
    for (const who of [as.aud, as.uwe]) expect((await ask(who)).json()).toMatchObject({ code: 'not-allowed' });
  });
});

describe('pages of other origins', () => {
  const preflight = (url: string, origin: string) =>
    crm.app.inject({
      method: 'OPTIONS',
      url,
      headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type,x-namespace' },
    });

  it('are told by the browser’s question that the UI’s may ask, and no other', async () => {
    for (const path of ['/api/codec/decode', '/api/codec/encode']) {
      expect((await preflight(path, UI)).headers).toMatchObject({
        'access-control-allow-origin': UI,
        'access-control-allow-credentials': 'true',
        'access-control-allow-methods': 'POST',
        'access-control-allow-headers': 'content-type,x-namespace',
      });
      for (const other of ['http://evil.example', `${UI}.evil.example`, 'https://temporal.example', 'null'])
        expect(Object.keys((await preflight(path, other)).headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
  });

  it('are refused even with an auditor’s cookies, and get nothing to read', async () => {
    const payloads = await encoded('one');
    for (const origin of ['http://evil.example', 'https://temporal.example', 'null']) {
      const answer = await decode(as.aud, payloads, { origin, 'sec-fetch-site': 'cross-site' });
      expect([answer.statusCode, answer.json()]).toMatchObject([403, { code: 'cross-site' }]);
      expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    }
    expect((await decode(as.aud, payloads, { 'sec-fetch-site': 'cross-site' })).statusCode).toBe(403);
  });

  it('are allowed nothing else by it: the rest of the API refuses the UI’s pages', async () => {
    for (const [path, body] of [
      ['/api/pause', { reason: 'from elsewhere' }],
      ['/api/session', { email: 'ada@crm.example', password: USER_PASSWORD }],
    ] as const) {
      const answer = await as.ada('POST', path, body, fromUi);
      expect([answer.statusCode, answer.json()]).toMatchObject([403, { code: 'cross-site' }]);
      expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    }
    expect((await as.ada('GET', '/api/keys', undefined, fromUi)).headers['access-control-allow-origin']).toBeUndefined();
  });

  it('need not be there: a command line sends the cookie and no origin', async () => {
    expect((await decode(as.aud, await encoded('one'), { 'x-namespace': 'tidegate' })).json()).toEqual({ payloads: plain('one') });
  });
});

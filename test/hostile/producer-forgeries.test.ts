import { randomBytes, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { issue } from '../../adaptor/auth/sign.ts';
import type { SigningKey } from '../../adaptor/auth/signing-key.ts';
import { PATHS, TYP } from '../../exchange/protocol.ts';
import { partsOf, signAnything } from '../adaptor/auth/forge.ts';
import { reverseOrder } from '../adaptor/auth/sample-link.ts';
import { expectRefused, fetchToken, send, signedRequest, storeState } from '../support/producer-requests.ts';
import { type TestProducer, startTestProducer } from '../support/test-producer.ts';

/* Tokens and messages that are signed by the right key, or nearly right, and must not be believed: attacks 4, 10, 11, 14, 15. */

let producer: TestProducer;
let genuine: string;
let before: string;
const path = PATHS.reverse('acme/test/hub', 'contacts');

beforeAll(async () => {
  producer = await startTestProducer();
  genuine = await fetchToken(producer);
});
afterAll(() => producer[Symbol.asyncDispose]());
beforeEach(async () => {
  before = await storeState(producer.admin);
});

const claimsOf = (jws: string) => JSON.parse(Buffer.from(partsOf(jws).payload, 'base64url').toString()) as Record<string, unknown>;
const message = () => issue(producer.crmKey, 'reverseMessage', { ...reverseOrder(producer.link), requests: [randomUUID()] });

/** What the producer says to a request with this token, whose message is good; `collection-unknown` where it believed the token. */
const withToken = async (accessToken: string) => send(producer, await signedRequest(producer, 'POST', path, await message(), { accessToken }));
/** ... and with this message, whose token is good. */
const withMessage = async (jws: string) => send(producer, await signedRequest(producer, 'POST', path, jws, { accessToken: genuine }));

/** Signs claims as the key's owner could, with more or other members of the header. */
const forge = (key: SigningKey, typ: string, claims: unknown, header: Readonly<Record<string, unknown>> = {}) =>
  signAnything(key, { alg: 'EdDSA', typ, kid: key.kid, ...header }, typeof claims === 'string' ? claims : JSON.stringify(claims));

it('a token and a message as they should be get as far as the handler', async () => {
  expectRefused(await withToken(genuine), 'collection-unknown');
  expectRefused(await withToken(await forge(producer.cloudKey, TYP.accessToken, claimsOf(genuine))), 'collection-unknown');
});

describe('keys that a token brings along or points to (attack 10)', () => {
  it('are neither used nor fetched', async () => {
    let fetched = 0;
    const trap = createServer((_request, response) => {
      fetched += 1;
      response.end(JSON.stringify({ keys: [{ ...producer.cloudKey.publicJwk, kid: producer.cloudKey.kid }] }));
    });
    await new Promise<void>((resolve) => trap.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(trap.address() as AddressInfo).port}/keys`;
    const headers = [
      { jku: url },
      { x5u: url },
      { jwk: producer.cloudKey.publicJwk },
      { x5c: [producer.crmTls.certificate] },
      { crit: ['exp'], exp: 1 },
      { b64: false },
      { kid: url },
    ];
    const claims = claimsOf(await message());
    for (const header of headers) {
      expectRefused(await withToken(await forge(producer.cloudKey, TYP.accessToken, claimsOf(genuine), header)), 'invalid-token');
      expectRefused(await withMessage(await forge(producer.crmKey, TYP.reverseMessage, claims, header)), 'invalid-token');
    }
    expect(fetched).toBe(0);
    trap.close();
    expect(await storeState(producer.admin)).toBe(before);
  });
});

describe('claims that the right key signed (attack 11)', () => {
  const century = Math.floor(Date.now() / 1000) + 100 * 365 * 86_400;
  const alterations: [string, (claims: Record<string, unknown>) => Record<string, unknown>][] = [
    ...['exp', 'iat', 'jti', 'aud', 'iss'].map((name): [string, (claims: Record<string, unknown>) => Record<string, unknown>] => [
      `no ${name}`,
      (claims) => Object.fromEntries(Object.entries(claims).filter(([member]) => member !== name)),
    ]),
    ['an end in a hundred years', (claims) => ({ ...claims, exp: century })],
    ['an audience that is another', (claims) => ({ ...claims, aud: 'cloud:globex/test/hub' })],
    ['a list of audiences', (claims) => ({ ...claims, aud: [claims['aud'], 'cloud:globex/test/hub'] })],
    ['a list of one audience', (claims) => ({ ...claims, aud: [claims['aud']] })],
    ['a time that is text', (claims) => ({ ...claims, exp: String(claims['exp']) })],
    ['a member more', (claims) => ({ ...claims, admin: true })],
  ];

  it.each(alterations)('are refused with %s', async (_what, alter) => {
    // Another audience is told as another link; neither is believed.
    const codes = ['invalid-token', 'link-mismatch'];
    const codeOf = (body: string) => (JSON.parse(body) as { code: string }).code;
    const token = await withToken(await forge(producer.cloudKey, TYP.accessToken, alter(claimsOf(genuine))));
    const order = await withMessage(await forge(producer.crmKey, TYP.reverseMessage, alter(claimsOf(await message()))));
    for (const answer of [token, order]) {
      expect(codes).toContain(codeOf(answer.body));
      expect([401, 403]).toContain(answer.status);
    }
    expect(await storeState(producer.admin)).toBe(before);
  });
});

describe('ids of keys that are none (attack 14)', () => {
  it('are refused as paths, SQL and texts of any kind, without a look-up', async () => {
    for (const kid of ['../../etc/passwd', "' or 1=1 --", '', 'x'.repeat(5000), 7, null, ['a']])
      expectRefused(await withToken(await forge(producer.cloudKey, TYP.accessToken, claimsOf(genuine), { kid })), 'invalid-token');
    expect(await storeState(producer.admin)).toBe(before);
  });

  it('in a flood keep nobody from being answered', async () => {
    const { header, payload, signature } = partsOf(genuine);
    const own = JSON.parse(Buffer.from(header, 'base64url').toString()) as object;
    const random = () => `${Buffer.from(JSON.stringify({ ...own, kid: randomBytes(32).toString('base64url') })).toString('base64url')}.${payload}.${signature}`;
    const flood = Promise.all(Array.from({ length: 150 }, async () => withToken(random())));
    const meanwhile = await withToken(genuine);
    expectRefused(meanwhile, 'collection-unknown');
    for (const answer of await flood) expectRefused(answer, 'key-unknown');
  });
});

describe('two readings of one text (attack 15)', () => {
  it('are refused: members that stand twice, and base64url that is not canonical', async () => {
    const claims = JSON.stringify(claimsOf(genuine));
    const doubled = claims.replace('{', `{"iss":"${producer.crmKey.party}",`);
    expectRefused(await withToken(await forge(producer.cloudKey, TYP.accessToken, doubled)), 'invalid-token');
    // The last characters of 64 bytes hold bits that mean nothing: each other letter would be the same signature.
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const last = letters.indexOf(genuine.at(-1) ?? 'A');
    const others = [...letters].filter((_, at) => at !== last && at >> 4 === last >> 4).map((letter) => `${genuine.slice(0, -1)}${letter}`);
    expect(others.length).toBeGreaterThan(10);
    for (const other of [...others, `${genuine}=`, `${genuine}==`, genuine.replaceAll('-', '+').replaceAll('_', '/')].filter((text) => text !== genuine))
      expectRefused(await withToken(other), 'invalid-token');
    expect(await storeState(producer.admin)).toBe(before);
  });
});

describe('a session of TLS (attack 4)', () => {
  it('is never resumed: each connection shows its certificate anew', async () => {
    const { ca, certificate, key } = producer.crmTls;
    const options = { host: '127.0.0.1', port: producer.port, ca, cert: certificate, key };
    const connectOnce = (session?: Buffer): Promise<{ reused: boolean; session: Buffer | undefined }> =>
      new Promise((resolve, reject) => {
        const socket = connectTls({ ...options, ...(session === undefined ? {} : { session }) }, () => {
          reused = socket.isSessionReused();
          socket.write(`GET ${PATHS.health} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
        });
        let ticket: Buffer | undefined;
        let reused = true;
        socket.on('session', (given: Buffer) => (ticket = given));
        socket.on('data', () => undefined);
        socket.on('error', reject);
        socket.on('close', () => resolve({ reused, session: ticket }));
      });
    const first = await connectOnce();
    expect((await connectOnce(first.session)).reused).toBe(false);
  });
});

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createAssertion, issueAccessToken } from '../../adaptor/auth/access-token.ts';
import { certificateFacts } from '../../adaptor/auth/certificate.ts';
import { createProof } from '../../adaptor/auth/proof.ts';
import { issue } from '../../adaptor/auth/sign.ts';
import { generateSigningKey } from '../../adaptor/auth/signing-key.ts';
import { PATHS, PROOF_HEADER } from '../../exchange/protocol.ts';
import { auditedCodes, expectRefused, fetchToken, send, signedRequest, storeState } from '../support/producer-requests.ts';
import { type TestProducer, startTestProducer } from '../support/test-producer.ts';

let producer: TestProducer;
let before: string;
const path = PATHS.settle('acme/test/hub', 'contacts', 1);

beforeAll(async () => {
  producer = await startTestProducer();
});
afterAll(() => producer[Symbol.asyncDispose]());
beforeEach(async () => {
  await producer.admin.query('truncate tidegate.audit_event');
  before = await storeState(producer.admin);
});

const settlement = () => issue(producer.crmKey, 'settlement', { ...producer.link, collection: 'contacts', ordinal: 1, epoch: 1 });

/** A request as it should be, with another token. */
async function withToken(accessToken: string, tls = producer.crmTls) {
  return send(producer, await signedRequest(producer, 'POST', path, await settlement(), { accessToken, tls }));
}

const thumbprint = () => certificateFacts(producer.crmTls.certificate).thumbprint;
const grant = () => ({ client: producer.crmKey.party, thumbprint: thumbprint(), operations: ['forward'], collections: ['contacts'] }) as const;

describe('a request with an access token', () => {
  it('reaches the handler where certificate, token and proof hold', async () => {
    // The handler's own refusal: nothing is registered yet.
    expectRefused(await withToken(await fetchToken(producer)), 'collection-unknown');
  });

  it('is refused without a token, or with something else in its place', async () => {
    const signed = await signedRequest(producer, 'POST', path, await settlement());
    for (const authorization of [
      undefined,
      '',
      'Bearer',
      'Bearer ',
      'Basic YTpi',
      `Bearer ${await settlement()}`,
      `Bearer a.b.c`,
      `Bearer ${'x'.repeat(9000)}`,
    ]) {
      const { authorization: _, ...headers } = signed.headers;
      expectRefused(await send(producer, { ...signed, headers: authorization === undefined ? headers : { ...headers, authorization } }), 'invalid-token');
    }
    expect(await storeState(producer.admin)).toBe(before);
    expect(new Set(await auditedCodes(producer.admin))).toEqual(new Set(['invalid-token']));
  });

  it('is refused with an expired token', async () => {
    const { accessToken } = await issueAccessToken(producer.cloudKey, grant(), { nowMs: Date.now() - 3_600_000 });
    expectRefused(await withToken(accessToken), 'message-expired', [accessToken]);
  });

  it('is refused with a token that the cloud did not sign', async () => {
    const stranger = await generateSigningKey(producer.cloudKey.party);
    const forged = await issueAccessToken(stranger, grant());
    expectRefused(await withToken(forged.accessToken), 'key-unknown');
    const [header = '', payload = '', signature = ''] = (await fetchToken(producer)).split('.');
    const none = Buffer.from(JSON.stringify({ alg: 'none', typ: 'at+jwt', kid: producer.cloudKey.kid })).toString('base64url');
    for (const token of [`${none}.${payload}.`, `${none}.${payload}.${signature}`, `${header}.${payload}.${signature.slice(0, -4)}AAAA`])
      expectRefused(await withToken(token), 'invalid-token');
    // The CRM's own key is not the cloud's.
    const own = await issue(producer.crmKey, 'assertion', { ...producer.link, sub: producer.crmKey.party });
    expectRefused(await withToken(own), 'invalid-token');
    expect(await storeState(producer.admin)).toBe(before);
  });

  it('is refused with another certificate’s token', async () => {
    const token = await fetchToken(producer);
    const second = await producer.authority.client({ commonName: 'second machine' });
    await producer.registerCertificate(second.certificate, producer.crmKey.party);
    before = await storeState(producer.admin);
    expectRefused(await withToken(token, second), 'proof-mismatch');
    expect(await storeState(producer.admin)).toBe(before);
  });

  it('is refused outside the token’s operations and collections, and on another link', async () => {
    expectRefused(await withToken(await fetchToken(producer, { scope: 'reverse collection:contacts' })), 'scope-denied');
    expectRefused(await withToken(await fetchToken(producer, { scope: 'forward collection:tasks' })), 'scope-denied');
    const other = PATHS.settle('acme/test/other', 'contacts', 1);
    expectRefused(await send(producer, await signedRequest(producer, 'POST', other, await settlement())), 'client-not-allowed');
    expect(await storeState(producer.admin)).toBe(before);
  });

  it('is refused where this cloud has no key for the link', async () => {
    const link = { ...producer.link, link: 'keyless' };
    const { key, tls } = await producer.registerParty(link);
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await createAssertion(key),
      scope: 'forward collection:contacts',
    });
    expectRefused(
      await send(producer, { path: PATHS.token, tls, headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: form.toString() }),
      'key-unknown',
    );
  });
});

describe('the proof of a request', () => {
  it('is needed, for this method, path, token and body', async () => {
    const body = await settlement();
    const accessToken = await fetchToken(producer);
    const prove = (changed: Partial<Parameters<typeof createProof>[1]>, key = producer.crmKey) =>
      createProof(key, { method: 'POST', path, accessToken, body, ...changed });
    const stranger = await producer.registerParty({ ...producer.link, link: 'stranger' });
    const proofs: [string, 'proof-mismatch' | 'invalid-token' | 'link-mismatch'][] = [
      ['', 'invalid-token'],
      [body, 'invalid-token'],
      [await prove({ method: 'PUT' }), 'proof-mismatch'],
      [await prove({ path: PATHS.settle('acme/test/hub', 'contacts', 2) }), 'proof-mismatch'],
      [await prove({ accessToken: await fetchToken(producer) }), 'proof-mismatch'],
      [await prove({ body: await settlement() }), 'proof-mismatch'],
      [await prove({}, stranger.key), 'link-mismatch'],
    ];
    before = await storeState(producer.admin);
    for (const [proof, code] of proofs) expectRefused(await send(producer, await signedRequest(producer, 'POST', path, body, { accessToken, proof })), code);
    const { [PROOF_HEADER]: _, ...headers } = (await signedRequest(producer, 'POST', path, body, { accessToken })).headers;
    expectRefused(await send(producer, { path, headers, body }), 'proof-mismatch');
    expect(await storeState(producer.admin)).toBe(before);
  });

  it('is used up by its request: as it was, with its claims written otherwise, and whatever came of it', async () => {
    const signed = await signedRequest(producer, 'POST', path, await settlement());
    expectRefused(await send(producer, signed), 'collection-unknown');
    expectRefused(await send(producer, signed), 'replayed');
    const id = randomUUID();
    const proved = { method: 'POST', path, accessToken: await fetchToken(producer), body: await settlement() } as const;
    const first = await createProof(producer.crmKey, proved, { id });
    const again = await createProof(producer.crmKey, proved, { id, nowMs: Date.now() - 2000 });
    const base = { accessToken: proved.accessToken };
    expectRefused(await send(producer, await signedRequest(producer, 'POST', path, proved.body, { ...base, proof: first })), 'collection-unknown');
    expectRefused(await send(producer, await signedRequest(producer, 'POST', path, proved.body, { ...base, proof: again })), 'replayed');
    expect(await auditedCodes(producer.admin)).toEqual(['collection-unknown', 'replayed', 'collection-unknown', 'replayed']);
  });

  it('lets one of 100 copies of a request through', async () => {
    const signed = await signedRequest(producer, 'POST', path, await settlement());
    const answers = await Promise.all(Array.from({ length: 100 }, () => send(producer, signed)));
    const codes = answers.map((answer) => (JSON.parse(answer.body) as { code: string }).code);
    expect(codes.filter((code) => code === 'collection-unknown')).toHaveLength(1);
    expect(codes.filter((code) => code === 'replayed')).toHaveLength(99);
    expect(await storeState(producer.admin)).toBe(before);
  });
});

describe('the token endpoint', () => {
  const ask = async (changed: Record<string, string | undefined>, tls = producer.crmTls) => {
    const form = {
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await createAssertion(producer.crmKey),
      scope: 'forward collection:contacts',
      ...changed,
    };
    const given = Object.entries(form).filter((pair): pair is [string, string] => pair[1] !== undefined);
    return send(producer, {
      path: PATHS.token,
      tls,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(given).toString(),
    });
  };

  it('takes each assertion once, of the certificate’s own party', async () => {
    const client_assertion = await createAssertion(producer.crmKey);
    expect((await ask({ client_assertion })).status).toBe(200);
    expectRefused(await ask({ client_assertion }), 'replayed', [client_assertion]);
    const { tls } = await producer.registerParty({ ...producer.link, link: 'neighbour' });
    expectRefused(await ask({}, tls), 'client-not-allowed');
  });

  it('refuses what is no assertion of a registered key', async () => {
    const stranger = await generateSigningKey(producer.crmKey.party);
    expectRefused(await ask({ client_assertion: await createAssertion(stranger) }), 'key-unknown');
    expectRefused(await ask({ client_assertion: await createAssertion(producer.crmKey, { nowMs: Date.now() - 3_600_000 }) }), 'message-expired');
    expectRefused(await ask({ client_assertion: 'x' }), 'invalid-token');
    expectRefused(await ask({ client_assertion: undefined }), 'invalid-token');
    expectRefused(await ask({ client_assertion: await settlement() }), 'invalid-token');
    expect(await storeState(producer.admin)).toBe(before);
  });

  it('refuses other grants and scopes', async () => {
    for (const changed of [
      { grant_type: 'password' },
      { client_assertion_type: 'x' },
      { scope: '' },
      { scope: 'forward' },
      { scope: 'admin collection:contacts' },
      { scope: "forward collection:' or 1=1" },
    ])
      expectRefused(await ask(changed), 'bad-request');
    const twice = await send(producer, {
      path: PATHS.token,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'grant_type=a&grant_type=b',
    });
    expectRefused(twice, 'bad-request');
    expect(await storeState(producer.admin)).toBe(before);
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PATHS, TYP } from '../../exchange/protocol.ts';
import { signAnything } from '../adaptor/auth/forge.ts';
import { EMPLOYEE_PASSWORD, type TestCloudPage, startTestCloudPage } from '../cloud/page/test-cloud-page.ts';
import { type TestCrm, startTestCrm } from '../crm/test-crm.ts';
import { auditedCodes, expectRefused, fetchToken, send, signedRequest } from '../support/producer-requests.ts';
import { type TestProducer, startTestProducer } from '../support/test-producer.ts';

/* Whoever asks too much is told when to ask again; others are served meanwhile. */

const BOUND = { requests: 30, windowMs: 3_600_000 };

describe('requests above the bound of the producer', () => {
  let producer: TestProducer;
  beforeAll(async () => {
    producer = await startTestProducer({ limits: { rate: BOUND } });
  });
  afterAll(() => producer[Symbol.asyncDispose]());

  const health = (tls = producer.crmTls) => send(producer, { method: 'GET', path: PATHS.health, tls });
  /** A request with a proof; what becomes of it behind the gate does not matter. */
  const proved = async (tls: TestProducer['crmTls'], accessToken: string) =>
    (await send(producer, await signedRequest(producer, 'POST', PATHS.settle('acme/test/hub', 'contacts', 1), 'a.b.c', { tls, accessToken }))).status;

  it('are refused by certificate, with the time to come again, before anything is looked up; others are served', async () => {
    const { tls } = await producer.registerParty({ ...producer.link, link: 'other' });
    for (let i = 0; i < BOUND.requests; i++) expect((await health(tls)).status).toBe(200);
    await producer.admin.query('truncate tidegate.audit_event');
    for (let i = 0; i < 10; i++) {
      const answer = await health(tls);
      expectRefused(answer, 'too-many-requests');
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(3500);
    }
    // A flood does not fill the store: one row stands for all.
    expect(await auditedCodes(producer.admin)).toEqual(['too-many-requests']);
    expect((await health()).status).toBe(200);
  });

  it('are refused by certificate where it is not even registered', async () => {
    const unknown = await producer.authority.client({ commonName: 'unknown' });
    for (let i = 0; i < BOUND.requests; i++) expect((await health(unknown)).status).toBe(403);
    expectRefused(await health(unknown), 'too-many-requests');
  });

  it('are refused by signing key, whatever certificates it is used with', async () => {
    const certificates = await Promise.all(['a', 'b'].map((name) => producer.authority.client({ commonName: name })));
    for (const { certificate } of certificates) await producer.registerCertificate(certificate, producer.crmKey.party);
    const statuses: number[] = [];
    for (const tls of certificates) {
      const accessToken = await fetchToken(producer, { tls });
      for (let i = 0; i < BOUND.requests - 10; i++) statuses.push(await proved(tls, accessToken));
    }
    expect(statuses.slice(0, BOUND.requests)).not.toContain(429);
    expect(new Set(statuses.slice(BOUND.requests))).toEqual(new Set([429]));
  });

  it('are not counted for a key that somebody only claims to have', async () => {
    const [victim, attacker] = await Promise.all([producer.registerParty(producer.link), producer.registerParty(producer.link)]);
    const stolen = await fetchToken(producer, attacker);
    const path = PATHS.settle('acme/test/hub', 'contacts', 1);
    for (let i = 0; i < BOUND.requests - 5; i++) {
      const proof = await signAnything(attacker.key, { alg: 'EdDSA', typ: TYP.proof, kid: victim.key.kid }, '{}');
      expectRefused(await send(producer, await signedRequest(producer, 'POST', path, 'a.b.c', { ...attacker, accessToken: stolen, proof })), 'invalid-token');
    }
    const accessToken = await fetchToken(producer, victim);
    for (let i = 0; i < BOUND.requests - 5; i++) {
      const answer = await send(producer, await signedRequest(producer, 'POST', path, 'a.b.c', { ...victim, accessToken }));
      expect(answer.body).not.toContain('too-many-requests');
    }
  });
});

describe('requests above the bound of the CRM application', () => {
  let crm: TestCrm;
  beforeAll(async () => {
    crm = await startTestCrm({ rateBound: BOUND, signInBounds: { perUser: 3, perAddress: 5, windowMs: 3_600_000 } });
  });
  afterAll(() => crm[Symbol.asyncDispose]());

  it('are refused by user, with the time to come again; another user is served', async () => {
    const [uwe, ada] = await Promise.all([crm.signIn('uwe@crm.example'), crm.signIn('ada@crm.example')]);
    const statuses = await Promise.all(Array.from({ length: BOUND.requests }, async () => (await uwe('GET', '/api/contacts')).statusCode));
    expect(new Set(statuses)).toEqual(new Set([200]));
    const refused = await uwe('POST', '/api/contacts', { familyName: 'One too many' });
    expect(refused.statusCode).toBe(429);
    expect(refused.json()).toMatchObject({ code: 'too-many-requests', noUpdate: 'No update was performed.' });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(3500);
    expect((await crm.admin.query('select from crm.contacts')).rowCount).toBe(0);
    expect((await ada('GET', '/api/contacts')).statusCode).toBe(200);
  });

  it('are refused by address where nobody is signed in', async () => {
    const from = (remoteAddress: string) => crm.app.inject({ method: 'GET', url: '/api/session/ways', remoteAddress });
    for (let i = 0; i < BOUND.requests; i++) expect((await from('192.0.2.1')).statusCode).toBe(200);
    expect((await from('192.0.2.1')).statusCode).toBe(429);
    expect((await from('192.0.2.2')).statusCode).toBe(200);
  });

  it('are attempts to sign in: by user and by address, as many at once as there may be', async () => {
    const attempt = (email: string, remoteAddress: string) =>
      crm.app.inject({ method: 'POST', url: '/api/session', payload: { email, password: 'wrong' }, remoteAddress });
    const statuses = async (attempts: readonly ReturnType<typeof attempt>[]) => (await Promise.all(attempts)).map(({ statusCode }) => statusCode).toSorted();
    expect(await statuses(Array.from({ length: 5 }, () => attempt('aud@crm.example', '192.0.2.3')))).toEqual([401, 401, 401, 429, 429]);
    expect(await statuses(Array.from({ length: 4 }, (_, i) => attempt(`u${i}@crm.example`, '192.0.2.3')))).toEqual([401, 401, 429, 429]);
    expect(await statuses([attempt('uwe@crm.example', '192.0.2.4')])).toEqual([401]);
  });
});

describe('requests above the bound of the third party’s page', () => {
  let page: TestCloudPage;
  beforeAll(async () => {
    page = await startTestCloudPage({ rateBound: BOUND, signInBounds: { perUser: 3, perAddress: 5, windowMs: 3_600_000 } });
  });
  afterAll(() => page[Symbol.asyncDispose]());

  it('are refused by employee, with the time to come again; another employee is served', async () => {
    const [kim, rea] = [await page.signIn('kim@acme.example'), await page.signIn('rea@acme.example')];
    for (let i = 0; i < BOUND.requests; i++) expect((await kim('GET', '/api/session')).statusCode).toBe(200);
    const refused = await kim('GET', '/api/collections');
    expect(refused.json()).toMatchObject({ status: 429, code: 'too-many-requests', noUpdate: 'No update was performed.' });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(3500);
    expect((await rea('GET', '/api/collections')).statusCode).toBe(200);
  });

  it('are attempts to sign in, also with the right password once there were too many wrong ones', async () => {
    const attempt = async (password: string) =>
      (await page.app.inject({ method: 'POST', url: '/api/session', payload: { email: 'kim@acme.example', password }, remoteAddress: '192.0.2.5' })).statusCode;
    for (let i = 0; i < 3; i++) expect(await attempt('wrong')).toBe(401);
    expect(await attempt(EMPLOYEE_PASSWORD)).toBe(429);
  });
});

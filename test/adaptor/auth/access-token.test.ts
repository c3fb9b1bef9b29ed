import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAssertion, issueAccessToken, verifyAccessToken, verifyAssertion } from '../../../adaptor/auth/access-token.ts';
import type { TokenDemand } from '../../../adaptor/auth/access-token.ts';
import type { TrustedCertificate } from '../../../adaptor/auth/certificate-registry.ts';
import { issue, sign } from '../../../adaptor/auth/sign.ts';
import { verify } from '../../../adaptor/auth/verify.ts';
import { partyId } from '../../../exchange/claims.ts';
import { codeOf } from '../../support/code-of.ts';
import { trust } from '../../support/trusted-keys.ts';
import { createControlPlane } from './control-plane.ts';
import type { ControlPlane } from './control-plane.ts';
import { headerOf } from './forge.ts';
import { CLOUD, CRM, HASH, LINK, NOW_MS, NOW_SECONDS, OTHER_LINK, reverseOrder, sampleKeys } from './sample-link.ts';

let plane: ControlPlane;
let keys: Awaited<ReturnType<typeof sampleKeys>>;
let registry: Awaited<ReturnType<typeof trust>>;

beforeAll(async () => {
  plane = await createControlPlane();
  keys = await sampleKeys();
  registry = await trust(...Object.values(keys));
});

afterAll(() => plane[Symbol.asyncDispose]());

const certificate = (changed: Partial<TrustedCertificate> = {}): TrustedCertificate => ({
  thumbprint: HASH,
  party: CRM,
  state: 'active',
  notAfterMs: NOW_MS,
  ...changed,
});
const ask = (assertion: string, changed: Partial<TrustedCertificate> = {}) =>
  verifyAssertion(plane.pool, assertion, { registry, certificate: certificate(changed), nowMs: NOW_MS });

describe('an assertion', () => {
  it('names its link and signer, once', async () => {
    const assertion = await createAssertion(keys.crm, { nowMs: NOW_MS });
    expect(await ask(assertion)).toMatchObject({ iss: CRM, sub: CRM, aud: CLOUD, ...LINK });
    expect(await codeOf(ask(assertion))).toBe('replayed');
  });

  it('is taken of every link that the certificate covers, and of no other', async () => {
    const other = await createAssertion(keys.otherCrm, { nowMs: NOW_MS });
    expect(await codeOf(ask(other))).toBe('client-not-allowed');
    expect(await codeOf(ask(other, { party: 'crm:globex/development' }))).toBe('accepted');
  });

  it('is not used up by a refusal', async () => {
    const assertion = await createAssertion(keys.crm, { nowMs: NOW_MS });
    expect(await codeOf(ask(assertion, { party: 'crm:globex' }))).toBe('client-not-allowed');
    expect(await codeOf(ask(assertion))).toBe('accepted');
  });

  it('is refused with another subject, another signer, or late', async () => {
    const body = { ...LINK, sub: partyId('crm', OTHER_LINK) };
    expect(await codeOf(ask(await issue(keys.crm, 'assertion', body, { nowMs: NOW_MS })))).toBe('invalid-token');
    expect(await codeOf(ask(await createAssertion(keys.cloud, { nowMs: NOW_MS })))).toBe('issuer-not-crm');
    expect(await codeOf(ask(await createAssertion(keys.crm, { nowMs: NOW_MS - 120_000 })))).toBe('message-expired');
  });
});

const grant = { client: CRM, thumbprint: HASH, operations: ['forward', 'reverse'] as const, collections: ['contacts'] };
const demand = (changed: Partial<TokenDemand> = {}): TokenDemand => ({ audience: CLOUD, registry, thumbprint: HASH, nowMs: NOW_MS, ...changed });

describe('an access token', () => {
  it('is as RFC 9068 says, valid for minutes, and tells what it allows', async () => {
    const { accessToken, expiresInSeconds } = await issueAccessToken(keys.cloud, grant, { nowMs: NOW_MS });
    expect(headerOf(accessToken)).toEqual({ alg: 'EdDSA', typ: 'at+jwt', kid: keys.cloud.kid });
    const claims = await verifyAccessToken(accessToken, demand({ operation: 'forward', collection: 'contacts' }));
    expect(claims).toMatchObject({
      iss: CLOUD,
      aud: CLOUD,
      sub: CRM,
      client_id: CRM,
      iat: NOW_SECONDS,
      exp: NOW_SECONDS + expiresInSeconds,
      cnf: { 'x5t#S256': HASH },
    });
    expect(expiresInSeconds).toBeLessThanOrEqual(900);
    expect(await codeOf(verifyAccessToken(accessToken, demand({ nowMs: NOW_MS + expiresInSeconds * 1000 + 30_000 })))).toBe('message-expired');
  });

  it('is worth nothing with another certificate (attack 13)', async () => {
    const { accessToken } = await issueAccessToken(keys.cloud, grant, { nowMs: NOW_MS });
    expect(await codeOf(verifyAccessToken(accessToken, demand({ thumbprint: 'B'.repeat(43) })))).toBe('proof-mismatch');
  });

  it('allows only what it says', async () => {
    const { accessToken } = await issueAccessToken(keys.cloud, grant, { nowMs: NOW_MS });
    expect(await codeOf(verifyAccessToken(accessToken, demand({ operation: 'register' })))).toBe('scope-denied');
    expect(await codeOf(verifyAccessToken(accessToken, demand({ operation: 'forward', collection: 'payroll' })))).toBe('scope-denied');
  });

  it('is refused at another link, and when another than the cloud of the link signed it', async () => {
    const { accessToken: other } = await issueAccessToken(keys.otherCloud, { ...grant, client: partyId('crm', OTHER_LINK) }, { nowMs: NOW_MS });
    expect(await codeOf(verifyAccessToken(other, demand()))).toBe('link-mismatch');
    const { accessToken: own } = await issueAccessToken(keys.crm, grant, { nowMs: NOW_MS });
    expect(await codeOf(verifyAccessToken(own, demand()))).toBe('invalid-token');
  });

  it('is refused for a client that is not the CRM of the link', async () => {
    const { accessToken } = await issueAccessToken(keys.cloud, { ...grant, client: partyId('crm', OTHER_LINK) }, { nowMs: NOW_MS });
    expect(await codeOf(verifyAccessToken(accessToken, demand()))).toBe('invalid-token');
  });

  it('is no reverse message, and a reverse message is no access token (attack 12)', async () => {
    const { accessToken } = await issueAccessToken(keys.cloud, grant, { nowMs: NOW_MS });
    expect(await codeOf(verify(accessToken, 'reverseMessage', demand()))).toBe('invalid-token');
    const message = await issue(keys.crm, 'reverseMessage', reverseOrder(), { nowMs: NOW_MS });
    expect(await codeOf(verifyAccessToken(message, demand()))).toBe('invalid-token');
  });

  it('is not valid for a year, whoever signs it so', async () => {
    const { accessToken } = await issueAccessToken(keys.cloud, grant, { nowMs: NOW_MS, lifetimeSeconds: 31_536_000 });
    expect(await codeOf(verifyAccessToken(accessToken, demand()))).toBe('invalid-token');
    const { claims } = await verify((await issueAccessToken(keys.cloud, grant, { nowMs: NOW_MS })).accessToken, 'accessToken', demand());
    const everything = await sign(keys.cloud, 'accessToken', { ...claims, exp: claims.iat + 901 });
    expect(await codeOf(verifyAccessToken(everything, demand()))).toBe('invalid-token');
  });
});

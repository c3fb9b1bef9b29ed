import { inTransaction } from '../../../adaptor/data/pool.ts';
import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { postgresCertificateRegistry } from '../../../adaptor/auth/certificate-registry.ts';
import { postgresKeyRegistry } from '../../../adaptor/auth/key-registry.ts';
import { registerCertificate, registerKey, revokeCertificate, revokeKey } from '../../../adaptor/auth/register.ts';
import { sign } from '../../../adaptor/auth/sign.ts';
import { generateSigningKey } from '../../../adaptor/auth/signing-key.ts';
import { verify } from '../../../adaptor/auth/verify.ts';
import { codeOf } from '../../support/code-of.ts';
import { createControlPlane } from './control-plane.ts';
import type { ControlPlane } from './control-plane.ts';
import { CLOUD, CRM, HASH, NOW_MS, reverseClaims } from './sample-link.ts';

let plane: ControlPlane;

beforeAll(async () => {
  plane = await createControlPlane();
});

afterAll(() => plane[Symbol.asyncDispose]());
afterEach(() => vi.restoreAllMocks());

const times = { notBeforeMs: NOW_MS - 1000, notAfterMs: NOW_MS + 1000 };

async function registered(party = CRM) {
  const key = await generateSigningKey(party);
  await registerKey(plane.pool, { party, publicJwk: key.publicJwk, ...times });
  return key;
}

describe('the key registry', () => {
  it('gives a registered key with its party, state and times, and verifies with it', async () => {
    const key = await registered();
    const registry = postgresKeyRegistry(plane.pool);
    expect(await registry.findKey(key.kid)).toMatchObject({ kid: key.kid, party: CRM, state: 'active', ...times });
    const jws = await sign(key, 'reverseMessage', reverseClaims());
    expect(await codeOf(verify(jws, 'reverseMessage', { audience: CLOUD, registry, nowMs: NOW_MS }))).toBe('accepted');
  });

  it('knows of a revocation and of a new key at the next request (attack 14)', async () => {
    const key = await generateSigningKey(CRM);
    const registry = postgresKeyRegistry(plane.pool);
    const verdict = async () =>
      codeOf(verify(await sign(key, 'reverseMessage', reverseClaims()), 'reverseMessage', { audience: CLOUD, registry, nowMs: NOW_MS }));
    expect(await verdict()).toBe('key-unknown');
    await registerKey(plane.pool, { party: CRM, publicJwk: key.publicJwk, ...times });
    expect(await verdict()).toBe('accepted');
    expect(await revokeKey(plane.pool, key.kid)).toBe(true);
    expect(await verdict()).toBe('key-unknown');
    expect(await revokeKey(plane.pool, key.kid)).toBe(false);
  });

  it('never gives a key to another party or takes a revocation back', async () => {
    const key = await registered();
    expect(await codeOf(registerKey(plane.pool, { party: CLOUD, publicJwk: key.publicJwk, ...times }))).toBe('not-allowed');
    await revokeKey(plane.pool, key.kid);
    expect(await codeOf(registerKey(plane.pool, { party: CRM, publicJwk: key.publicJwk, ...times }))).toBe('not-allowed');
    expect(await postgresKeyRegistry(plane.pool).findKey(key.kid)).toMatchObject({ party: CRM, state: 'revoked' });
  });

  it('can be told the same again, and keeps only the public half', async () => {
    const key = await registered();
    await registerKey(plane.pool, { party: CRM, publicJwk: key.publicJwk, notBeforeMs: NOW_MS, notAfterMs: NOW_MS + 5000 });
    expect(await postgresKeyRegistry(plane.pool).findKey(key.kid)).toMatchObject({ notBeforeMs: NOW_MS - 1000, notAfterMs: NOW_MS + 5000 });
    await expect(registerKey(plane.pool, { party: CRM, publicJwk: { ...key.publicJwk, d: HASH } as never, ...times })).rejects.toThrow();
    expect(await codeOf(registerKey(plane.pool, { party: 'crm', publicJwk: key.publicJwk, ...times }))).toBe('configuration-invalid');
  });

  it('does not believe a row whose key is not the one of its id', async () => {
    const [key, attacker] = await Promise.all([registered(), generateSigningKey(CRM)]);
    for (const jwk of [attacker.publicJwk, {}]) {
      await forge(key.kid, jwk);
      expect(await postgresKeyRegistry(plane.pool).findKey(key.kid)).toBeUndefined();
    }
  });

  /** What the store's trigger refuses, done past it, as a superuser could. */
  async function forge(kid: string, jwk: object): Promise<void> {
    await expect(plane.pool.query('update tidegate.trusted_key set jwk = $2 where kid = $1', [kid, JSON.stringify(jwk)])).rejects.toThrow();
    await inTransaction(plane.pool, async (client) => {
      await client.query('set local session_replication_role = replica');
      await client.query('update tidegate.trusted_key set jwk = $2 where kid = $1', [kid, JSON.stringify(jwk)]);
    });
  }

  it('never asks the database for what is no key id', async () => {
    const query = vi.spyOn(plane.pool, 'query');
    const registry = postgresKeyRegistry(plane.pool);
    for (const kid of ['', '../../etc/passwd', "' or true --", 'a'.repeat(42), 'a'.repeat(44), `${'a'.repeat(42)}\n`, 'é'.repeat(43)])
      expect(await registry.findKey(kid)).toBeUndefined();
    expect(query).not.toHaveBeenCalled();
  });

  it('answers a flood of random key ids with a handful of queries, and a known key meanwhile', async () => {
    const key = await registered();
    const query = vi.spyOn(plane.pool, 'query');
    const registry = postgresKeyRegistry(plane.pool);
    const first = registry.findKey(key.kid);
    const flood = Array.from({ length: 5000 }, () => codeOf(registry.findKey(randomBytes(32).toString('base64url'))));
    expect(await first).toMatchObject({ kid: key.kid });
    await Promise.all(flood);
    expect(query.mock.calls.length).toBeLessThanOrEqual(3);
    expect(await registry.findKey(key.kid)).toMatchObject({ kid: key.kid });
  });
});

describe('the registry of certificates', () => {
  const certificate = (changed = {}) => ({
    thumbprint: randomBytes(32).toString('base64url'),
    party: CRM,
    subject: 'CN=consumer',
    notAfterMs: NOW_MS,
    ...changed,
  });

  it('gives what is registered, and knows of a revocation at the next request', async () => {
    const registry = postgresCertificateRegistry(plane.pool);
    const { thumbprint, ...rest } = certificate();
    expect(await registry.findCertificate(thumbprint)).toBeUndefined();
    await registerCertificate(plane.pool, { thumbprint, ...rest });
    expect(await registry.findCertificate(thumbprint)).toEqual({ thumbprint, party: CRM, state: 'active', notAfterMs: NOW_MS });
    expect(await revokeCertificate(plane.pool, thumbprint)).toBe(true);
    expect(await registry.findCertificate(thumbprint)).toMatchObject({ state: 'revoked' });
    expect(await revokeCertificate(plane.pool, thumbprint)).toBe(false);
  });

  it('never gives a certificate to another party or takes a revocation back', async () => {
    const known = certificate();
    await registerCertificate(plane.pool, known);
    await registerCertificate(plane.pool, known);
    expect(await codeOf(registerCertificate(plane.pool, { ...known, party: 'crm:globex' }))).toBe('not-allowed');
    await revokeCertificate(plane.pool, known.thumbprint);
    expect(await codeOf(registerCertificate(plane.pool, known))).toBe('not-allowed');
  });

  it.each(['crm', 'crm:', 'acme/development/hub', 'crm:acme/development/hub/more', 'crm:Acme', 'crm:acme/', "crm:a' or true --"])(
    'refuses the owner %j',
    async (party) => {
      expect(await codeOf(registerCertificate(plane.pool, certificate({ party })))).toBe('configuration-invalid');
    },
  );
});

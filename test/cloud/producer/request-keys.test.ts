import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresKeyRegistry } from '../../../adaptor/auth/key-registry.ts';
import { registerKey, revokeKey } from '../../../adaptor/auth/register.ts';
import { createProof } from '../../../adaptor/auth/proof.ts';
import { generateSigningKey } from '../../../adaptor/auth/signing-key.ts';
import { requestKeys } from '../../../cloud/producer/request-keys.ts';
import { type ControlPlane, createControlPlane } from '../../adaptor/auth/control-plane.ts';

const PARTY = 'crm:acme/test/keys';
let plane: ControlPlane;
beforeAll(async () => {
  plane = await createControlPlane();
});
afterAll(() => plane[Symbol.asyncDispose]());

/** Keys of a request whose clock the test turns on, and how often the registry was asked. */
function keysNow() {
  const registry = postgresKeyRegistry(plane.pool);
  const asked: string[] = [];
  let nowMs = 0;
  const counted = { findKey: (kid: string) => (asked.push(kid), registry.findKey(kid)) };
  return { asked, keys: requestKeys(counted, () => nowMs), pass: (ms: number) => void (nowMs += ms) };
}

async function registered() {
  const key = await generateSigningKey(PARTY);
  await registerKey(plane.pool, { party: PARTY, publicJwk: key.publicJwk, notBeforeMs: Date.now() - 1000, notAfterMs: Date.now() + 60_000 });
  return key;
}

describe('the keys of a request', () => {
  it('are looked up once, ahead, by what the request carries; what is no signed object is passed over', async () => {
    const { asked, keys } = keysNow();
    const key = await registered();
    keys.lookAhead(['', 'a.b.c', undefined, await createProof(key, { method: 'PUT', path: '/', accessToken: 'token' })]);
    expect(asked).toEqual([key.kid]);
    expect(await keys.findKey(key.kid)).toMatchObject({ kid: key.kid, party: PARTY, state: 'active' });
    expect(asked).toEqual([key.kid]);
    expect(await keysNow().keys.findKey('unknown'.padEnd(43, 'x'))).toBeUndefined();
  });

  it('are looked up again where the request lasts: a revocation holds within half a second', async () => {
    const { keys, pass } = keysNow();
    const key = await registered();
    expect((await keys.findKey(key.kid))?.state).toBe('active');
    await revokeKey(plane.pool, key.kid);
    pass(499);
    expect((await keys.findKey(key.kid))?.state).toBe('active');
    pass(1);
    expect((await keys.findKey(key.kid))?.state).toBe('revoked');
    expect((await keysNow().keys.findKey(key.kid))?.state).toBe('revoked');
  });
});

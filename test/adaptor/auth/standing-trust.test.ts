import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { untilExpiry } from '../../../adaptor/auth/expiry.ts';
import { endOtherKeys, registerKey, revokeKey } from '../../../adaptor/auth/register.ts';
import { generateSigningKey } from '../../../adaptor/auth/signing-key.ts';
import { postgresStandingTrust } from '../../../adaptor/auth/standing-trust.ts';
import { listTrusted } from '../../../adaptor/auth/trust-list.ts';
import { codeOf } from '../../support/code-of.ts';
import { type ControlPlane, createControlPlane } from './control-plane.ts';

const DAY_MS = 86_400_000;
let plane: ControlPlane;
beforeAll(async () => {
  plane = await createControlPlane();
});
afterAll(() => plane[Symbol.asyncDispose]());

let links = 0;
const link = (): string => `acme/test/trust${++links}`;
async function registered(party: string, { fromMs = -DAY_MS, untilMs = DAY_MS } = {}) {
  const key = await generateSigningKey(party);
  await registerKey(plane.pool, { party, publicJwk: key.publicJwk, notBeforeMs: Date.now() + fromMs, notAfterMs: Date.now() + untilMs });
  return key;
}

/** Trust with a clock that the test turns on. */
function trustNow() {
  let nowMs = 0;
  const trust = postgresStandingTrust(plane.pool, () => nowMs);
  return { trust, pass: (ms: number) => void (nowMs += ms) };
}

describe('standing trust', () => {
  it('holds while both sides have a key, and half a second longer at most', async () => {
    const name = link();
    const [own, other] = [await registered(`crm:${name}`), await registered(`cloud:${name}`)];
    const { trust, pass } = trustNow();
    expect(await codeOf(trust.assertTrusted(own))).toBe('accepted');
    await revokeKey(plane.pool, other.kid);
    pass(500);
    expect(await codeOf(trust.assertTrusted(own))).toBe('key-unknown');
    await registered(`cloud:${name}`);
    pass(500);
    expect(await codeOf(trust.assertTrusted(own))).toBe('accepted');
    await revokeKey(plane.pool, own.kid);
    pass(499);
    expect(await codeOf(trust.assertTrusted(own))).toBe('accepted');
    pass(1);
    expect(await codeOf(trust.assertTrusted(own))).toBe('key-unknown');
  });

  it('does not hold for a key that is not registered, not yet valid, over, or another party’s', async () => {
    const name = link();
    await registered(`cloud:${name}`);
    const verdict = async (key: { kid: string; party: string }) => codeOf(trustNow().trust.assertTrusted(key));
    expect(await verdict(await generateSigningKey(`crm:${name}`))).toBe('key-unknown');
    expect(await verdict(await registered(`crm:${name}`, { fromMs: 3_600_000 }))).toBe('key-unknown');
    expect(await verdict(await registered(`crm:${name}`, { untilMs: -1000 }))).toBe('key-unknown');
    expect(await verdict({ ...(await registered(`crm:${link()}`)), party: `crm:${name}` })).toBe('key-unknown');
    expect(await verdict(await registered(`crm:${name}`))).toBe('accepted');
    const lonely = link();
    expect(await verdict(await registered(`crm:${lonely}`))).toBe('key-unknown');
  });
});

describe('what is registered', () => {
  it('is listed with its state by the store’s clock, and other keys of a party end no later than they would', async () => {
    const party = `crm:${link()}`;
    const [soon, late, stays] = [await registered(party, { untilMs: 1000 }), await registered(party, { untilMs: 9 * DAY_MS }), await registered(party)];
    const revoked = await registered(party);
    await revokeKey(plane.pool, revoked.kid, { by: 'ada', reason: 'lost' });
    const future = await registered(party, { fromMs: DAY_MS, untilMs: 2 * DAY_MS });
    const endsAtMs = Date.now() + 7 * DAY_MS;
    expect(await endOtherKeys(plane.pool, { party, kid: stays.kid, endsAtMs }, { by: 'ada', reason: 'overlap' })).toEqual([late.kid]);
    const listed = new Map((await listTrusted(plane.pool)).filter((one) => one.party === party).map((one) => [one.id, one]));
    expect(listed.get(late.kid)?.notAfterMs).toBeCloseTo(endsAtMs, -1);
    expect(listed.get(soon.kid)?.notAfterMs).toBeLessThan(Date.now() + DAY_MS);
    expect(listed.get(future.kid)?.state).toBe('future');
    expect(listed.get(revoked.kid)).toMatchObject({ state: 'revoked', revokedBy: 'ada', revokedReason: 'lost' });
  });
});

describe('an end', () => {
  it.each([
    [30 * DAY_MS, null],
    [30 * DAY_MS - 1, 30],
    [7 * DAY_MS, 30],
    [7 * DAY_MS - 1, 7],
    [DAY_MS, 7],
    [DAY_MS - 1, 1],
    [1, 1],
    [0, 0],
    [-DAY_MS, 0],
  ] as const)('%i ms ahead is warned of as %s days', (leftMs, warning) => {
    expect(untilExpiry(1_700_000_000_000 + leftMs, 1_700_000_000_000)).toEqual({ days: Math.floor(leftMs / DAY_MS), warning });
  });
});

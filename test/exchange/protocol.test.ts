import { describe, expect, it } from 'vitest';
import { partyId } from '../../exchange/claims.ts';
import { healthSchema } from '../../exchange/health.ts';
import { LEDGER_FAULTS, LEDGER_HEAD_TYP, ledgerHeadClaimsSchema } from '../../exchange/ledger.ts';
import {
  ACCEPTED_PROTOCOL_VERSIONS,
  JWS_MEDIA_TYPE,
  PATHS,
  PROBLEM_MEDIA_TYPE,
  PROTOCOL_VERSION,
  TYP,
  WINDOW_MEDIA_TYPES,
  versionPrefix,
} from '../../exchange/protocol.ts';

const LINK = 'acme/test/hub';

/** Every path of the producer, for one collection and numbers that all differ. */
const paths: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(PATHS).map(([name, path]) => [name, typeof path === 'string' ? path : (path as (...parts: unknown[]) => string)(LINK, 'contacts', 3, 7)]),
);

describe('the kinds of signed objects', () => {
  it('all have types of their own: a receipt is no message, an order of erasure no preview', () => {
    const types = [...Object.values(TYP), LEDGER_HEAD_TYP];
    expect(new Set(types).size).toBe(types.length);
  });

  it('name the protocol’s major version, but for the token, whose type is a standard’s', () => {
    const { accessToken, ...own } = TYP;
    expect(accessToken).toBe('at+jwt');
    for (const typ of Object.values(own)) expect(typ).toMatch(new RegExp(`^tidegate-[a-z-]+-v${PROTOCOL_VERSION}\\+jwt$`));
  });
});

describe('the paths of a producer', () => {
  it('stand below the version, and the version in use is one that is taken', () => {
    for (const path of Object.values(paths)) expect(path.startsWith(versionPrefix(PROTOCOL_VERSION))).toBe(true);
    expect(ACCEPTED_PROTOCOL_VERSIONS).toContain(PROTOCOL_VERSION);
    for (const type of Object.values(WINDOW_MEDIA_TYPES)) expect(type).toContain(`.v${PROTOCOL_VERSION}`);
  });

  it('are all different: no request reaches another’s handler', () => {
    expect(new Set(Object.values(paths)).size).toBe(Object.keys(PATHS).length);
  });

  it('name link, collection, ordinal and chunk where a request is about one', () => {
    for (const [name, path] of Object.entries(paths)) if (name !== 'health' && name !== 'token') expect(path).toContain(`/links/${LINK}/`);
    const OF_A_LINK = new Set(['health', 'token', 'opening']);
    for (const [name, path] of Object.entries(paths)) expect(path.includes('/contacts/')).toBe(!OF_A_LINK.has(name));
    for (const name of ['window', 'chunk', 'closeLoad', 'settle', 'reverseReceipt']) expect(paths[name]).toMatch(/\/3(\/|$)/);
    expect(paths['chunk']).toMatch(/\/3\/chunks\/7$/);
  });

  it('are served with media types that cannot be taken for one another', () => {
    expect(new Set([...Object.values(WINDOW_MEDIA_TYPES), JWS_MEDIA_TYPE, PROBLEM_MEDIA_TYPE]).size).toBe(4);
  });
});

describe('the name of a party', () => {
  it('tells the sides, links, environments and tenants apart', () => {
    const link = { tenant: 'acme', environment: 'test', link: 'hub' };
    const names = [
      partyId('crm', link),
      partyId('cloud', link),
      partyId('crm', { ...link, tenant: 'globex' }),
      partyId('crm', { ...link, environment: 'production' }),
      partyId('crm', { ...link, link: 'spoke' }),
    ];
    expect(names[0]).toBe('crm:acme/test/hub');
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('what a producer says of itself', () => {
  const up = { status: 'up', protocol: 1, accepts: [1] };

  it('is taken with little, and from a producer that says more than this side knows', () => {
    expect(healthSchema.parse(up)).toEqual(up);
    expect(healthSchema.parse({ ...up, region: 'eu', versions: { node: '26.0.0', kernel: '7' } })).toEqual({ ...up, versions: { node: '26.0.0' } });
  });

  it.each<[string, unknown]>([
    ['down', { ...up, status: 'down' }],
    ['of no version', { status: 'up', accepts: [1] }],
    ['accepting words', { ...up, accepts: ['one'] }],
    ['with a clock in words', { ...up, timeMs: 'noon' }],
  ])('is not believed where it is %s', (_what, told) => expect(healthSchema.safeParse(told).success).toBe(false));
});

describe('the ledger', () => {
  it('says of every fault that it can find what it means, in a sentence', () => {
    for (const sentence of Object.values(LEDGER_FAULTS)) expect(sentence).toMatch(/^[A-Z].*\.$/);
  });

  it.each<[string, object]>([
    ['a chain that has no entry', { sequence: 0 }],
    ['a head that is no digest', { head: 'f'.repeat(63) }],
    ['a digest in capitals, which would not be found again', { head: 'F'.repeat(64) }],
    ['a store without a name', { store: 'ours' }],
    ['an end, which a proof does not have', { exp: 2 }],
  ])('has no signed head with %s', (_what, change) => {
    const good = { iss: 'crm:acme/test/hub', iat: 1, store: '6f9c1d1e-6a53-4c07-9a3c-2a4f0a3a6a01', sequence: 1, head: 'f'.repeat(64) };
    expect(ledgerHeadClaimsSchema.safeParse(good).success).toBe(true);
    expect(ledgerHeadClaimsSchema.safeParse({ ...good, ...change }).success).toBe(false);
  });
});

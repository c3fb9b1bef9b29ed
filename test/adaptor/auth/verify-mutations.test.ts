import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { sign } from '../../../adaptor/auth/sign.ts';
import { verify } from '../../../adaptor/auth/verify.ts';
import { isErrorCode } from '../../../exchange/errors.ts';
import { TYP } from '../../../exchange/protocol.ts';
import { codeOf } from '../../support/code-of.ts';
import { trust } from '../../support/trusted-keys.ts';
import { encode, partsOf, signAnything } from './forge.ts';
import { CLOUD, NOW_MS, NOW_SECONDS, reverseClaims, sampleKeys } from './sample-link.ts';

const NAMES = ['header', 'payload', 'signature'] as const;
const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

let keys: Awaited<ReturnType<typeof sampleKeys>>;
let original: string;
let another: string;
let verdict: (jws: string) => Promise<string>;

beforeAll(async () => {
  keys = await sampleKeys();
  const registry = await trust(...Object.values(keys));
  original = await sign(keys.crm, 'reverseMessage', reverseClaims());
  another = await sign(keys.crm, 'reverseMessage', reverseClaims({ cause: 'period', exp: NOW_SECONDS + 601 }));
  verdict = (jws) => codeOf(verify(jws, 'reverseMessage', { audience: CLOUD, registry, nowMs: NOW_MS }));
});

type Mutation = (jws: string) => string;

/** The JWS with one of its parts altered. */
function withPart(jws: string, name: (typeof NAMES)[number], alter: (part: string) => string): string {
  const parts = partsOf(jws);
  return NAMES.map((n) => (n === name ? alter(parts[n]) : parts[n])).join('.');
}

/** The JWS with the JSON of its header or payload altered and encoded anew; the signature stays. */
function withJson(jws: string, name: 'header' | 'payload', alter: (value: Record<string, unknown>) => unknown, space?: string): string {
  return withPart(jws, name, (part) =>
    encode(JSON.stringify(alter(JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>), null, space)),
  );
}

const part = fc.constantFrom(...NAMES);
const jsonPart = fc.constantFrom('header', 'payload');

/** One way of altering a signed text without its key. */
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(fc.nat(), fc.constantFrom(...BASE64URL, '.', '=', '+', '/', '\u0000', 'é')).map(([at, c]) => (jws: string) => {
    const i = at % jws.length;
    return jws.slice(0, i) + c + jws.slice(i + 1);
  }),
  fc.tuple(part, fc.nat(), fc.integer({ min: 0, max: 7 })).map(
    ([name, at, bit]) =>
      (jws: string) =>
        withPart(jws, name, (text) => {
          const bytes = Buffer.from(text, 'base64url');
          const i = at % bytes.length;
          bytes[i] = (bytes[i] ?? 0) ^ (1 << bit);
          return bytes.toString('base64url');
        }),
  ),
  fc.tuple(fc.nat(), fc.nat({ max: 8 }), fc.string({ maxLength: 4 })).map(([at, drop, add]) => (jws: string) => {
    const i = at % jws.length;
    return jws.slice(0, i) + add + jws.slice(i + drop);
  }),
  fc.tuple(jsonPart, fc.nat()).map(
    ([name, at]) =>
      (jws: string) =>
        withJson(jws, name, (value) => Object.fromEntries(Object.entries(value).filter((_, i, all) => i !== at % all.length))),
  ),
  fc.tuple(jsonPart, fc.string(), fc.jsonValue({ maxDepth: 1 })).map(
    ([name, member, value]) =>
      (jws: string) =>
        withJson(jws, name, (old) => ({ ...old, [member]: value })),
  ),
  fc.tuple(jsonPart, fc.nat(), fc.jsonValue({ maxDepth: 1 })).map(
    ([name, at, value]) =>
      (jws: string) =>
        withJson(jws, name, (old) => Object.fromEntries(Object.entries(old).map(([member, v], i, all) => [member, i === at % all.length ? value : v]))),
  ),
  jsonPart.map((name) => (jws: string) => withJson(jws, name, (old) => Object.fromEntries(Object.entries(old).toReversed()))),
  fc.tuple(jsonPart, fc.constantFrom(' ', '\t')).map(
    ([name, space]) =>
      (jws: string) =>
        withJson(jws, name, (old) => old, space),
  ),
  part.map((name) => (jws: string) => withPart(jws, name, () => partsOf(another)[name])),
  fc.constantFrom('EdDSA', 'none', 'HS256', 'Ed25519', 'ES256').map((alg) => (jws: string) => withJson(jws, 'header', (old) => ({ ...old, alg }))),
);

describe('a signed text', () => {
  it('is accepted as it is', async () => {
    expect(await verdict(original)).toBe('accepted');
  });

  it('is refused with a typed error however it is altered', async () => {
    const accepted: string[] = [];
    let mutants = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 3 }), async (mutations) => {
        let mutant = original;
        try {
          for (const mutate of mutations) mutant = mutate(mutant);
        } catch {
          return; // an earlier mutation left no JSON to alter
        }
        if (mutant === original || mutant === another) return;
        mutants++;
        const code = await verdict(mutant);
        if (code === 'accepted') accepted.push(mutant);
        else expect(isErrorCode(code)).toBe(true);
      }),
      { numRuns: 5000 },
    );
    expect(accepted).toEqual([]);
    expect(mutants).toBeGreaterThan(3000);
  });
});

describe('a text that the CRM itself signed', () => {
  it('is refused with a typed error whatever it holds', async () => {
    const header = { alg: 'EdDSA', typ: TYP.reverseMessage, kid: keys.crm.kid };
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.json(), fc.string(), fc.uint8Array()), async (payload) => {
        expect(await verdict(await signAnything(keys.crm, header, payload))).toBe('invalid-token');
      }),
      { numRuns: 500 },
    );
  });

  it('is refused with a header member changed or added, or a claim missing or of another type', async () => {
    const sent = { alg: 'EdDSA', typ: TYP.reverseMessage, kid: keys.crm.kid };
    const members = Object.keys(reverseClaims());
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...members),
        fc.constantFrom(undefined, null, -1, 'x', [], {}, true),
        fc.string({ minLength: 1 }),
        async (member, value, extra) => {
          fc.pre(!(member === 'requests' && Array.isArray(value))); // no requests is lawful
          const claims = JSON.stringify({ ...reverseClaims(), [member]: value });
          expect(await verdict(await signAnything(keys.crm, sent, claims))).not.toBe('accepted');
          const other = { ...sent, [extra]: 'x' };
          expect(await verdict(await signAnything(keys.crm, other, JSON.stringify(reverseClaims())))).toBe('invalid-token');
        },
      ),
      { numRuns: 300 },
    );
  });
});

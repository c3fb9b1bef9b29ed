import fc from 'fast-check';
import { encode, partsOf } from './forge.ts';

const NAMES = ['header', 'payload', 'signature'] as const;
const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** An alteration of a signed text by somebody who has not its key. Throws where an earlier one left no JSON to alter. */
export type Mutation = (jws: string) => string;

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

/** One way of altering a signed text without its key; parts of `another` text that its signer signed may be put into it. */
export const mutationWith = (another: () => string): fc.Arbitrary<Mutation> =>
  fc.oneof(
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
    part.map((name) => (jws: string) => withPart(jws, name, () => partsOf(another())[name])),
    fc.constantFrom('EdDSA', 'none', 'HS256', 'Ed25519', 'ES256').map((alg) => (jws: string) => withJson(jws, 'header', (old) => ({ ...old, alg }))),
  );

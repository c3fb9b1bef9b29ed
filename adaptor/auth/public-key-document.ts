import { z } from 'zod';
import { TidegateError } from '../../exchange/errors.ts';
import { parseParty } from './party.ts';
import type { KeyRegistration } from './register.ts';
import { type PublicJwk, keyId, publicJwkSchema } from './signing-key.ts';
import { parseStrictJson } from './strict-json.ts';

/** What one side hands the other: a public key, whose it is, and when it is valid. Nothing in it is secret. */
const documentSchema = z.strictObject({
  party: z.string().refine((id) => parseParty(id) !== undefined, 'a party: crm:tenant/environment/link or cloud:...'),
  kid: z.string(),
  notBefore: z.iso.datetime(),
  notAfter: z.iso.datetime(),
  jwk: publicJwkSchema,
});

/** Text of the document for a key. Times in milliseconds since 1970. */
export function writePublicKey(key: { readonly kid: string; readonly party: string; readonly publicJwk: PublicJwk }, notBeforeMs: number, notAfterMs: number) {
  const { kty, crv, x } = key.publicJwk;
  const [notBefore, notAfter] = [new Date(notBeforeMs).toISOString(), new Date(notAfterMs).toISOString()];
  return `${JSON.stringify({ party: key.party, kid: key.kid, notBefore, notAfter, jwk: { kty, crv, x } }, null, 2)}\n`;
}

/**
 * Reads the document of a key. `kid` is what was told by another way (on the telephone): a document that was exchanged on
 * its way is refused by it. Throws `bad-request`.
 */
export async function readPublicKey(text: string, kid?: string): Promise<KeyRegistration & { readonly kid: string }> {
  const document = documentSchema.safeParse(parsed(text));
  if (!document.success) throw new TidegateError('bad-request', 'This is no public key of Tidegate (made by `tidegate keys rotate` or `keys export`).');
  const { party, jwk: publicJwk, notBefore, notAfter } = document.data;
  const own = await keyId(publicJwk);
  if (own !== document.data.kid) throw new TidegateError('bad-request', 'The id in the document is not that of its key.', { kid: own });
  if (kid !== undefined && kid !== own) throw new TidegateError('bad-request', 'It is another key than the one that was told of.', { kid: own });
  const [notBeforeMs, notAfterMs] = [Date.parse(notBefore), Date.parse(notAfter)];
  if (notAfterMs <= notBeforeMs) throw new TidegateError('bad-request', 'The key ends before it begins.', { kid: own });
  return { kid: own, party, publicJwk, notBeforeMs, notAfterMs };
}

function parsed(text: string): unknown {
  try {
    return parseStrictJson(new TextEncoder().encode(text));
  } catch {
    return undefined;
  }
}

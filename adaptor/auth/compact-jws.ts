import { z } from 'zod';
import { TidegateError } from '../../exchange/errors.ts';
import { parseStrictJson } from './strict-json.ts';

/** Greatest length of a compact JWS, in characters. */
export const MAX_JWS_CHARACTERS = 1 << 20;

/** Greatest length of its protected header. */
const MAX_HEADER_CHARACTERS = 512;

/** Form of a key id: an RFC 7638 thumbprint (SHA-256, base64url). Anything else is refused before it is looked up. */
export const KID_PATTERN = /^[A-Za-z0-9_-]{43}$/;

/**
 * The header has these members and no others: what would bring a key along (`jwk`, `jku`, `x5u`, `x5c`), change the
 * signed bytes (`b64`) or must be understood (`crit`) is refused by not being here (RFC 8725, 3.1 and 3.10).
 */
const headerSchema = z.strictObject({
  alg: z.literal('EdDSA'),
  typ: z.string().max(64),
  kid: z.string().regex(KID_PATTERN),
});

/** The parts of a compact JWS, before any signature was checked. */
export interface CompactJws {
  readonly header: z.infer<typeof headerSchema>;
  /** What was signed, if the signature holds. */
  readonly payload: Uint8Array;
}

/**
 * Takes a compact JWS (RFC 7515, 7.1) apart. Throws `invalid-token` if it is too long, not canonical base64url (two texts
 * would then mean the same), or has another header than Tidegate writes. No signature is checked here.
 */
export function readCompactJws(jws: string): CompactJws {
  if (typeof jws !== 'string' || jws.length > MAX_JWS_CHARACTERS) throw new TidegateError('invalid-token', 'It is too long.');
  const parts = jws.split('.');
  const [headerPart, payloadPart, signaturePart] = parts;
  if (parts.length !== 3 || headerPart === undefined || payloadPart === undefined || signaturePart === undefined)
    throw new TidegateError('invalid-token', 'It is not a compact JWS.');
  if (headerPart.length > MAX_HEADER_CHARACTERS) throw new TidegateError('invalid-token', 'Its header is too long.');
  decodeCanonical(signaturePart);
  const payload = decodeCanonical(payloadPart);
  const header = headerSchema.safeParse(parseHeader(decodeCanonical(headerPart)));
  if (!header.success) throw new TidegateError('invalid-token', 'Its header is not one of Tidegate.');
  return { header: header.data, payload };
}

/** Bytes of a base64url text that is exactly what its bytes encode to: no padding, no stray bits, no other alphabet. */
function decodeCanonical(text: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.length === 0 || bytes.toString('base64url') !== text) throw new TidegateError('invalid-token', 'It is not canonical base64url.');
  return bytes;
}

function parseHeader(bytes: Uint8Array): unknown {
  try {
    return parseStrictJson(bytes);
  } catch (cause) {
    throw new TidegateError('invalid-token', 'Its header is not JSON with unique members.', {}, { cause });
  }
}

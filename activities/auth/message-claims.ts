import { createHash } from 'node:crypto';
import { readCompactJws } from '../../adaptor/auth/compact-jws.ts';
import { type ReverseMessageClaims, reverseMessageClaimsSchema } from '../../exchange/claims.ts';
import { type ReleaseClaims, releaseClaimsSchema } from '../../exchange/release.ts';

/** SHA-256 of a JWS's payload, base64url: what a message is recorded and accepted under. */
export function payloadDigest(jws: string): string {
  return createHash('sha256').update(readCompactJws(jws).payload).digest('base64url');
}

/** Claims of a message that this side signed itself, or has verified before. No signature is checked here. */
export function readMessageClaims(jws: string): ReverseMessageClaims {
  return reverseMessageClaimsSchema.parse(JSON.parse(Buffer.from(readCompactJws(jws).payload).toString('utf8')));
}

/** Claims of a release that this side signed itself, or has verified before. No signature is checked here. */
export function readReleaseClaims(jws: string): ReleaseClaims {
  return releaseClaimsSchema.parse(JSON.parse(Buffer.from(readCompactJws(jws).payload).toString('utf8')));
}

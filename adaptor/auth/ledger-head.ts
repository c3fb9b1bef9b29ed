import { CompactSign, compactVerify, importJWK } from 'jose';
import { TidegateError } from '../../exchange/errors.ts';
import { LEDGER_HEAD_TYP, type LedgerHeadClaims, ledgerHeadClaimsSchema } from '../../exchange/ledger.ts';
import { readCompactJws } from './compact-jws.ts';
import { type PublicJwk, type SigningKey, keyId } from './signing-key.ts';
import { parseStrictJson } from './strict-json.ts';

/** Signs a head of the ledger's chain with the CRM's key: compact JWS, EdDSA. */
export async function signLedgerHead(key: SigningKey, head: Omit<LedgerHeadClaims, 'iss' | 'iat'>, nowMs = Date.now()): Promise<string> {
  const claims = ledgerHeadClaimsSchema.parse({ iss: key.party, iat: Math.floor(nowMs / 1000), ...head });
  return new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
    .setProtectedHeader({ alg: 'EdDSA', typ: LEDGER_HEAD_TYP, kid: key.kid })
    .sign(key.privateKey);
}

/** A key that may prove heads. */
export interface HeadKey {
  readonly kid: string;
  readonly party: string;
  readonly jwk: PublicJwk;
}

/**
 * Claims of a signed head whose signature holds under one of these keys, which must be its issuer's and the CRM's. A head ages
 * without losing its worth, and so does its key: who gives the keys says which he believes. Throws `invalid-token`, `key-unknown`.
 */
export async function readLedgerHead(jws: string, keys: readonly HeadKey[]): Promise<LedgerHeadClaims> {
  const { header, payload } = readCompactJws(jws);
  if (header.typ !== LEDGER_HEAD_TYP) throw new TidegateError('invalid-token', 'It is no head of a ledger.');
  const key = keys.find(({ kid }) => kid === header.kid);
  if (key === undefined || (await keyId(key.jwk)) !== key.kid) throw new TidegateError('key-unknown', undefined, { kid: header.kid });
  const publicKey = await importJWK(key.jwk, 'EdDSA');
  await compactVerify(jws, publicKey, { algorithms: ['EdDSA'] }).catch((cause: unknown) => {
    throw new TidegateError('invalid-token', 'Its signature does not hold.', {}, { cause });
  });
  const claims = ledgerHeadClaimsSchema.safeParse(parseStrictJson(payload));
  if (!claims.success || claims.data.iss !== key.party || !key.party.startsWith('crm:'))
    throw new TidegateError('invalid-token', 'Its claims are not those of a head that this key may sign.');
  return claims.data;
}

/** A signed head as a verification takes it: null claims where it does not hold. */
export interface HeadReading {
  readonly name: string;
  readonly claims: LedgerHeadClaims | null;
}

/** Reads signed heads with the keys that are believed; those that do not hold stay in the answer. */
export async function readLedgerHeads(heads: readonly string[], keys: readonly HeadKey[]): Promise<readonly HeadReading[]> {
  return Promise.all(
    heads.map(async (jws, i) => {
      const claims = await readLedgerHead(jws, keys).catch(() => null);
      return { name: claims === null ? `head ${i + 1} of ${heads.length}` : `head of ${new Date(claims.iat * 1000).toISOString()}`, claims };
    }),
  );
}

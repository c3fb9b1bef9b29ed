import { randomUUID } from 'node:crypto';
import { CompactSign } from 'jose';
import { TidegateError } from '../../exchange/errors.ts';
import { TYP } from '../../exchange/protocol.ts';
import type { SignedKind } from '../../exchange/protocol.ts';
import { CLAIMS_SCHEMAS } from './claims-of.ts';
import type { BodyOf, ClaimsOf } from './claims-of.ts';
import { LIFETIMES } from './lifetime.ts';
import { counterpart } from './party.ts';
import type { SigningKey } from './signing-key.ts';

/**
 * Signs claims as one kind of object: compact JWS, EdDSA, `typ` of the kind. Throws `unexpected` if the claims are not of
 * the kind or name another issuer than the key's party: nothing is signed that the other side must refuse.
 */
export async function sign<K extends SignedKind>(key: SigningKey, kind: K, claims: ClaimsOf<K>): Promise<string> {
  const checked = CLAIMS_SCHEMAS[kind].safeParse(claims);
  if (!checked.success)
    throw new TidegateError('unexpected', `The claims of the ${kind} are not complete.`, {
      members: checked.error.issues.map((i) => i.path.join('.')),
    });
  if (checked.data.iss !== key.party) throw new TidegateError('unexpected', `The ${kind} names another issuer than the signing key.`);
  return new CompactSign(new TextEncoder().encode(JSON.stringify(checked.data)))
    .setProtectedHeader({ alg: 'EdDSA', typ: TYP[kind], kid: key.kid })
    .sign(key.privateKey);
}

/** What `issue` may be told. */
export interface IssueOptions {
  /** Now, in milliseconds since 1970. */
  readonly nowMs?: number;
  /** From `iat` to `exp`; else the usual lifetime of the kind. */
  readonly lifetimeSeconds?: number;
  /** `jti`; else a new random UUID. */
  readonly id?: string;
  /** `aud`; else the other side of the key's link. */
  readonly audience?: string;
}

/** Signs claims and adds the common ones: issuer (the key's party), audience, times and id. */
export async function issue<K extends SignedKind>(key: SigningKey, kind: K, body: BodyOf<K>, options: IssueOptions = {}): Promise<string> {
  const iat = Math.floor((options.nowMs ?? Date.now()) / 1000);
  const common = {
    iss: key.party,
    aud: options.audience ?? counterpart(key.party),
    iat,
    exp: iat + Math.floor(options.lifetimeSeconds ?? LIFETIMES[kind].usualSeconds),
    jti: options.id ?? randomUUID(),
  };
  return sign(key, kind, { ...body, ...common } as ClaimsOf<K>);
}

import type { Pool } from 'pg';
import { batchedLookup } from './batched-lookup.ts';
import { runStatement } from './database.ts';

/** A client certificate registered in advance. */
export interface TrustedCertificate {
  /** SHA-256 of its DER bytes, base64url (`x5t#S256`). */
  readonly thumbprint: string;
  /** Who presents it: a party, or the beginning of one (see `covers`). */
  readonly party: string;
  readonly state: 'active' | 'revoked';
  readonly notAfterMs: number;
}

/** Where the server finds the certificates of its clients. */
export interface CertificateRegistry {
  /** The certificate with this thumbprint, in whatever state; undefined if none is registered. */
  findCertificate(thumbprint: string): Promise<TrustedCertificate | undefined>;
}

const FIND_CERTIFICATES = `
  select thumbprint, party, state, (extract(epoch from not_after) * 1000)::text as not_after_ms
    from tidegate.trusted_certificate
   where thumbprint = any ($1::text[])`;

/** Greatest number of different thumbprints that wait for one look-up. */
const MAX_WAITING = 256;

/** The registry in `tidegate.trusted_certificate`, read anew at every call, one query at a time. */
export function postgresCertificateRegistry(pool: Pool): CertificateRegistry {
  return {
    findCertificate: batchedLookup({
      maxWaiting: MAX_WAITING,
      query: (thumbprints) => readCertificates(pool, thumbprints),
    }),
  };
}

async function readCertificates(pool: Pool, thumbprints: readonly string[]): Promise<ReadonlyMap<string, TrustedCertificate>> {
  const { rows } = await runStatement(pool, 'tidegate-find-certificates', FIND_CERTIFICATES, [thumbprints]);
  return new Map(
    rows.map((row) => [
      row['thumbprint'] ?? '',
      {
        thumbprint: row['thumbprint'] ?? '',
        party: row['party'] ?? '',
        state: row['state'] === 'active' ? 'active' : 'revoked',
        notAfterMs: Number(row['not_after_ms']),
      },
    ]),
  );
}

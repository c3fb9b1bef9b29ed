import type { X509Certificate } from 'node:crypto';
import type { Pool } from 'pg';
import { postgresCertificateRegistry } from './certificate-registry.ts';
import { certificateFacts } from './certificate.ts';
import { covers } from './party.ts';
import type { RevocationList } from './revocation-list.ts';
import { runStatement } from './database.ts';
import { TidegateError } from '../../exchange/errors.ts';

/** What was found out of the producer's certificate is believed for so long (rule 15). */
const MAX_AGE_MS = 500;
/** From here on it is found out again beside what is done meanwhile. */
const REFRESH_MS = 250;

// In whatever state: that the registered one expired or was revoked lets no other in.
const PINNED = `select distinct party from tidegate.trusted_certificate where party like 'cloud:%'`;

/**
 * Whether the producer's certificate is believed for a party, beyond authority and name: not revoked by its authority or at
 * this store; and once this store has registered a certificate of the party, it is a registered one. Throws `certificate-revoked`
 * or `client-not-allowed`.
 */
export function producerCertificateCheck(pool: Pool, party: string, revocations: () => RevocationList): (certificate: X509Certificate) => Promise<void> {
  const registry = postgresCertificateRegistry(pool);
  const believedAt = new Map<string, number>();
  const checking = new Set<string>();
  const check = async (thumbprint: string): Promise<void> => {
    const atMs = performance.now();
    checking.add(thumbprint);
    try {
      const known = await registry.findCertificate(thumbprint);
      if (known?.state === 'revoked') throw new TidegateError('certificate-revoked', "The producer's certificate is revoked at this side.", { thumbprint });
      if (known === undefined || !covers(known.party, party)) {
        const { rows } = await runStatement(pool, 'tidegate-pinned-certificates', PINNED, []);
        if (rows.some((row) => covers(row['party'] ?? '', party)))
          throw new TidegateError('client-not-allowed', "The producer's certificate is not the one that is registered at this side.", { thumbprint });
      }
      believedAt.set(thumbprint, atMs);
    } catch (error) {
      // A store that is away for a moment takes no belief back: that ends by itself.
      if (error instanceof TidegateError && !error.retryable) believedAt.delete(thumbprint);
      throw error;
    } finally {
      checking.delete(thumbprint);
    }
  };
  return async (certificate) => {
    const { thumbprint } = certificateFacts(certificate);
    if (revocations().isRevoked(certificate))
      throw new TidegateError('certificate-revoked', "The producer's certificate was revoked by its authority.", { thumbprint });
    const ageMs = performance.now() - (believedAt.get(thumbprint) ?? -Infinity);
    if (ageMs >= MAX_AGE_MS) return check(thumbprint);
    // Whoever finds the belief too old, or gone, is told what went wrong.
    if (ageMs >= REFRESH_MS && !checking.has(thumbprint)) check(thumbprint).catch(() => undefined);
  };
}

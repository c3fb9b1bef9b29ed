import { X509Certificate } from 'node:crypto';
import { certificateFacts } from '../../adaptor/auth/certificate.ts';
import { TidegateError } from '../../exchange/errors.ts';
import { type ActivityContext, linkOf } from '../link-setup.ts';

/** The certificate with which this side proves itself. */
export interface CheckedCertificate {
  /** SHA-256, base64url. */
  readonly thumbprint: string;
  readonly subject: string;
  /** ISO 8601. */
  readonly expiresAt: string;
}

/**
 * Transport level security before anything moves: this side's certificate is in its time, and a mutual TLS 1.3 handshake
 * with the producer succeeds. Throws `certificate-expired`, the producer's refusal, or `connection-failed`.
 */
export async function checkCertificate(context: Pick<ActivityContext, 'links'>, { link }: { readonly link: string }): Promise<CheckedCertificate> {
  const { readCertificate, producer } = linkOf(context, link);
  const { thumbprint, subject, notBeforeMs, notAfterMs } = certificateFacts(new X509Certificate(await readCertificate()));
  const nowMs = Date.now();
  const expiresAt = new Date(notAfterMs).toISOString();
  if (nowMs >= notAfterMs || nowMs < notBeforeMs) throw new TidegateError('certificate-expired', undefined, { thumbprint, expiresAt });
  await producer.health();
  return { thumbprint, subject, expiresAt };
}

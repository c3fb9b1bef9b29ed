import { X509Certificate, createHash } from 'node:crypto';

/** What Tidegate needs to know of a certificate. */
export interface CertificateFacts {
  /** SHA-256 of its DER bytes, base64url (`x5t#S256`, RFC 8705). */
  readonly thumbprint: string;
  readonly subject: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** Facts of a certificate, given as PEM or DER or as Node has it. */
export function certificateFacts(certificate: X509Certificate | string | Uint8Array): CertificateFacts {
  const parsed = certificate instanceof X509Certificate ? certificate : new X509Certificate(certificate);
  return {
    thumbprint: createHash('sha256').update(parsed.raw).digest('base64url'),
    // One line, as RFC 4514 would have it: OpenSSL gives one part a line.
    subject: parsed.subject.split('\n').join(', '),
    notBeforeMs: parsed.validFromDate.getTime(),
    notAfterMs: parsed.validToDate.getTime(),
  };
}

/** Thumbprint of a certificate (RFC 8705, 3.1). */
export function thumbprint(certificate: X509Certificate | string | Uint8Array): string {
  return certificateFacts(certificate).thumbprint;
}

/** Days until a certificate expires, rounded down; negative after it did. */
export function daysToExpiry({ notAfterMs }: CertificateFacts, nowMs: number): number {
  return Math.floor((notAfterMs - nowMs) / 86_400_000);
}

import { constants } from 'node:crypto';
import type { ConnectionOptions, TlsOptions } from 'node:tls';
import { certificateFacts } from './certificate.ts';
import { readSecretFile } from '../../files/secret-file.ts';
import { readTextFile } from '../../files/text-file.ts';

/** What a side presents, and whom it believes; all PEM. */
export interface TlsMaterial {
  /** Certificate of the authority that signs the other side's certificates. No other authority is believed. */
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
  /** Lists of certificates that authorities revoked (CRL). */
  readonly crl?: string | undefined;
}

/** Reads a side's files as text. Throws `configuration-invalid`, which names the file, if one cannot be read or others may read the key. */
export async function readTlsMaterial(files: TlsMaterial): Promise<TlsMaterial> {
  const [ca, certificate] = [readTextFile(files.ca), readTextFile(files.certificate)];
  const key = await readSecretFile(files.key);
  return { ca, certificate, key, ...(files.crl === undefined ? {} : { crl: readTextFile(files.crl) }) };
}

/**
 * Options of the producer's server: TLS 1.3 only, and no connection without a certificate of the authority. Sessions are
 * not resumed: a resumed one would skip the check of the client's certificate.
 */
export function serverTlsOptions({ ca, certificate, key }: TlsMaterial): TlsOptions {
  return {
    ca,
    cert: certificate,
    key,
    minVersion: 'TLSv1.3',
    maxVersion: 'TLSv1.3',
    requestCert: true,
    rejectUnauthorized: true,
    // Tickets then hold no session of their own, and Node keeps none for them.
    secureOptions: constants.SSL_OP_NO_TICKET,
    handshakeTimeout: 10_000,
  };
}

/**
 * Options of the consumer's connections (for `connect` of undici): TLS 1.3 only, the server's certificate must be of the
 * authority and bear `servername`.
 */
export function clientTlsOptions({ ca, certificate, key }: TlsMaterial, servername: string): ConnectionOptions {
  return { ca, cert: certificate, key, servername, minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3', rejectUnauthorized: true };
}

/** When the side's own certificate expires, in milliseconds since 1970: for a warning in good time. */
export function ownCertificateExpiresAtMs({ certificate }: TlsMaterial): number {
  return certificateFacts(certificate).notAfterMs;
}

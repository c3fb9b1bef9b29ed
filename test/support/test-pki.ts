import 'reflect-metadata';
import { createPrivateKey } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { type IssuedCertificate, createAuthority, issueCertificate } from '../../adaptor/auth/certificate-authority.ts';
import type { TlsMaterial } from '../../adaptor/auth/tls.ts';

const HOUR_MS = 3_600_000;
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** An authority of its own with what it issues, kept in memory. */
export interface TestAuthority {
  readonly certificatePem: string;
  /** Material of a server on this machine. */
  server(dnsNames?: readonly string[], times?: { notAfterMs?: number }): Promise<TlsMaterial>;
  /** Material of a client; `ca` is this authority's certificate. */
  client(options?: { commonName?: string; notBeforeMs?: number; notAfterMs?: number }): Promise<TlsMaterial>;
  /** A revocation list (PEM) that names these certificates (PEM). */
  revoke(certificates: readonly string[], nextUpdateMs?: number): Promise<string>;
}

/** Makes an authority. Two of them do not believe each other, whatever their names. */
export async function createTestAuthority(commonName = 'test authority'): Promise<TestAuthority> {
  const nowMs = Date.now();
  const authority = await createAuthority({ commonName, notBeforeMs: nowMs - HOUR_MS, notAfterMs: nowMs + HOUR_MS });
  const material = ({ certificatePem, keyPem }: IssuedCertificate): TlsMaterial => ({ ca: authority.certificatePem, certificate: certificatePem, key: keyPem });
  return {
    certificatePem: authority.certificatePem,
    server: async (dnsNames = ['localhost'], { notAfterMs = nowMs + HOUR_MS } = {}) =>
      material(
        await issueCertificate(authority, {
          commonName: 'test producer',
          role: 'server',
          dnsNames,
          ipAddresses: dnsNames.includes('localhost') ? ['127.0.0.1'] : [],
          notBeforeMs: nowMs - HOUR_MS,
          notAfterMs,
        }),
      ),
    revoke: async (certificates, nextUpdateMs = nowMs + HOUR_MS) => {
      const key = new Uint8Array(createPrivateKey(authority.keyPem).export({ type: 'pkcs8', format: 'der' }));
      const signingKey = await crypto.subtle.importKey('pkcs8', key, ALGORITHM, false, ['sign']);
      const list = await x509.X509CrlGenerator.create({
        issuer: new x509.X509Certificate(authority.certificatePem).subjectName.toJSON(),
        thisUpdate: new Date(nowMs - HOUR_MS),
        nextUpdate: new Date(nextUpdateMs),
        entries: certificates.map((pem) => ({ serialNumber: new x509.X509Certificate(pem).serialNumber, revocationDate: new Date(nowMs) })),
        signingAlgorithm: ALGORITHM,
        signingKey,
      });
      // As OpenSSL writes it.
      return list.toString('pem').replaceAll(' CRL-----', ' X509 CRL-----');
    },
    client: async ({ commonName = 'test consumer', notBeforeMs = nowMs - HOUR_MS, notAfterMs = nowMs + HOUR_MS } = {}) =>
      material(await issueCertificate(authority, { commonName, role: 'client', dnsNames: ['crm.test'], notBeforeMs, notAfterMs })),
  };
}

import { type IssuedCertificate, createAuthority, issueCertificate } from '../../adaptor/auth/certificate-authority.ts';
import type { TlsMaterial } from '../../adaptor/auth/tls.ts';

const HOUR_MS = 3_600_000;

/** An authority of its own with what it issues, kept in memory. */
export interface TestAuthority {
  readonly certificatePem: string;
  /** Material of a server on this machine. */
  server(dnsNames?: readonly string[]): Promise<TlsMaterial>;
  /** Material of a client; `ca` is this authority's certificate. */
  client(options?: { commonName?: string; notBeforeMs?: number; notAfterMs?: number }): Promise<TlsMaterial>;
}

/** Makes an authority. Two of them do not believe each other, whatever their names. */
export async function createTestAuthority(commonName = 'test authority'): Promise<TestAuthority> {
  const nowMs = Date.now();
  const authority = await createAuthority({ commonName, notBeforeMs: nowMs - HOUR_MS, notAfterMs: nowMs + HOUR_MS });
  const material = ({ certificatePem, keyPem }: IssuedCertificate): TlsMaterial => ({ ca: authority.certificatePem, certificate: certificatePem, key: keyPem });
  return {
    certificatePem: authority.certificatePem,
    server: async (dnsNames = ['localhost']) =>
      material(
        await issueCertificate(authority, {
          commonName: 'test producer',
          role: 'server',
          dnsNames,
          ipAddresses: dnsNames.includes('localhost') ? ['127.0.0.1'] : [],
          notBeforeMs: nowMs - HOUR_MS,
          notAfterMs: nowMs + HOUR_MS,
        }),
      ),
    client: async ({ commonName = 'test consumer', notBeforeMs = nowMs - HOUR_MS, notAfterMs = nowMs + HOUR_MS } = {}) =>
      material(await issueCertificate(authority, { commonName, role: 'client', dnsNames: ['crm.test'], notBeforeMs, notAfterMs })),
  };
}

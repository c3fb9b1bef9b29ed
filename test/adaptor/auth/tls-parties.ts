import { once } from 'node:events';
import type { IncomingMessage, RequestListener } from 'node:http';
import { createServer, request } from 'node:https';
import type { Agent, RequestOptions, Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TlsOptions } from 'node:tls';
import { createAuthority, issueCertificate } from '../../../adaptor/auth/certificate-authority.ts';
import type { CertificateRequest, IssuedCertificate } from '../../../adaptor/auth/certificate-authority.ts';
import { thumbprint as thumbprintOf } from '../../../adaptor/auth/certificate.ts';
import type { CertificateRegistry, TrustedCertificate } from '../../../adaptor/auth/certificate-registry.ts';
import { serverTlsOptions } from '../../../adaptor/auth/tls.ts';
import type { TlsMaterial } from '../../../adaptor/auth/tls.ts';
import { CRM } from './sample-link.ts';

const HOUR_MS = 3_600_000;

/** An authority that issues the certificates of a test. */
export async function testAuthority(commonName = 'test authority') {
  const times = { notBeforeMs: Date.now() - HOUR_MS, notAfterMs: Date.now() + HOUR_MS };
  const authority = await createAuthority({ commonName, ...times });
  const material = ({ certificatePem, keyPem }: IssuedCertificate): TlsMaterial => ({ ca: authority.certificatePem, certificate: certificatePem, key: keyPem });
  const issue = async (asked: Partial<CertificateRequest>) =>
    material(await issueCertificate(authority, { commonName: 'consumer', role: 'client', dnsNames: ['crm.test'], ...times, ...asked }));
  return {
    ca: authority.certificatePem,
    client: (asked: Partial<CertificateRequest> = {}) => issue(asked),
    server: (asked: Partial<CertificateRequest> = {}) =>
      issue({ commonName: 'producer', role: 'server', dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'], ...asked }),
  };
}

/** A registry of certificates kept in memory, whose entries a test can change. */
export function certificateRegistry(...known: readonly TlsMaterial[]): CertificateRegistry & { entries: Map<string, TrustedCertificate> } {
  const entries = new Map<string, TrustedCertificate>();
  for (const { certificate } of known) {
    const thumbprint = thumbprintOf(certificate);
    entries.set(thumbprint, { thumbprint, party: CRM, state: 'active', notAfterMs: Number.MAX_SAFE_INTEGER });
  }
  return { entries, findCertificate: async (thumbprint) => entries.get(thumbprint) };
}

/** A running https server of the tests. */
export interface TestServer extends AsyncDisposable {
  readonly server: Server;
  readonly port: number;
}

/** Starts an https server on a free port, with Tidegate's TLS options where none are changed. */
export async function startServer(material: TlsMaterial, handle: RequestListener, changed: TlsOptions = {}): Promise<TestServer> {
  const server = createServer({ ...serverTlsOptions(material), ...changed }, handle);
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    server,
    port,
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** One request; resolves to status and body, rejects where the connection fails. */
export async function get(
  port: number,
  options: RequestOptions & { agent?: Agent | false },
): Promise<{ status: number; body: string; connection: string | undefined }> {
  const sent = request({ host: '127.0.0.1', port, path: '/', agent: false, ...options });
  sent.end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  let body = '';
  for await (const chunk of response) body += String(chunk);
  return { status: response.statusCode ?? 0, body, connection: response.headers.connection };
}

import type { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { TidegateError } from '../../exchange/errors.ts';
import { certificateFacts } from './certificate.ts';
import type { CertificateFacts } from './certificate.ts';
import type { CertificateRegistry, TrustedCertificate } from './certificate-registry.ts';
import { NO_REVOCATIONS, type RevocationList } from './revocation-list.ts';

/** A connection's certificate never changes, so it is parsed once; its state is asked for at every request. */
const factsOfSocket = new WeakMap<Socket, CertificateFacts & { readonly certificate: X509Certificate }>();

/** Extended key usage of a client (RFC 5280, 4.2.1.12). */
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';

/**
 * Checks the client certificate of a connection; call it for every request, because certificates expire and are revoked
 * while connections stay open. Only the connection itself is asked: a header that claims a certificate means nothing.
 *
 * Throws `certificate-missing`, `certificate-expired`, `client-not-allowed` (not registered) or `certificate-revoked`.
 */
export async function checkClientCertificate(
  socket: Socket,
  registry: CertificateRegistry,
  revocations: RevocationList = NO_REVOCATIONS,
  nowMs: number = Date.now(),
): Promise<TrustedCertificate> {
  const facts = factsOfSocket.get(socket) ?? readFacts(socket);
  const named = { thumbprint: facts.thumbprint };
  if (nowMs < facts.notBeforeMs || nowMs >= facts.notAfterMs) throw new TidegateError('certificate-expired', undefined, named);
  if (revocations.isRevoked(facts.certificate)) throw new TidegateError('certificate-revoked', 'Its authority revoked it.', named);
  const known = await registry.findCertificate(facts.thumbprint);
  if (known === undefined) throw new TidegateError('client-not-allowed', undefined, named);
  if (known.state !== 'active') throw new TidegateError('certificate-revoked', undefined, named);
  if (nowMs >= known.notAfterMs) throw new TidegateError('certificate-expired', 'Its registration is over.', named);
  return known;
}

/** Thumbprint of the certificate of a connection, before anything is known of it. Throws `certificate-missing`, `client-not-allowed`. */
export function thumbprintOf(socket: Socket): string {
  return (factsOfSocket.get(socket) ?? readFacts(socket)).thumbprint;
}

function readFacts(socket: Socket): CertificateFacts & { readonly certificate: X509Certificate } {
  // `authorized`: TLS itself found it to be of the authority, whatever the server's options were.
  const certificate = socket instanceof TLSSocket && socket.authorized ? socket.getPeerX509Certificate() : undefined;
  if (certificate === undefined) throw new TidegateError('certificate-missing');
  // TLS checks this too, where the server asks it to; without usages a certificate is for any of them.
  const usages: readonly string[] | undefined = certificate.keyUsage;
  if (usages !== undefined && !usages.includes(CLIENT_AUTH)) throw new TidegateError('client-not-allowed', 'It is no certificate of a client.');
  const facts = { ...certificateFacts(certificate), certificate };
  factsOfSocket.set(socket, facts);
  return facts;
}

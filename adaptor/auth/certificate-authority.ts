// The x509 library needs this polyfill before it is loaded.
import 'reflect-metadata';
import { KeyObject, createPrivateKey } from 'node:crypto';
import * as x509 from '@peculiar/x509';

/** Private keys and certificates are ECDSA on P-256: every TLS 1.3 peer knows them. */
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** A certificate with its private key, both PEM. */
export interface IssuedCertificate {
  readonly certificatePem: string;
  /** PKCS #8. */
  readonly keyPem: string;
}

/** What a certificate is asked for with. Times in milliseconds since 1970. */
export interface CertificateRequest {
  readonly commonName: string;
  /** A server's certificate is not accepted of a client, and the reverse (RFC 5280, 4.2.1.12). */
  readonly role: 'server' | 'client';
  readonly dnsNames: readonly string[];
  readonly ipAddresses?: readonly string[];
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** Makes a development authority: a self-signed certificate that may sign others, but no other authority. */
export async function createAuthority(authority: {
  readonly commonName: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}): Promise<IssuedCertificate> {
  const keys = await createKeyPair();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: nameOf(authority.commonName),
    keys,
    signingAlgorithm: ALGORITHM,
    notBefore: new Date(authority.notBeforeMs),
    notAfter: new Date(authority.notAfterMs),
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificatePem: pemOf(certificate), keyPem: exportKey(keys.privateKey) };
}

/** Issues a certificate with a new private key. */
export async function issueCertificate(authority: IssuedCertificate, request: CertificateRequest): Promise<IssuedCertificate> {
  const issuer = new x509.X509Certificate(authority.certificatePem);
  const keys = await createKeyPair();
  const names = [
    ...request.dnsNames.map((value) => ({ type: 'dns', value }) as const),
    ...(request.ipAddresses ?? []).map((value) => ({ type: 'ip', value }) as const),
  ];
  const certificate = await x509.X509CertificateGenerator.create({
    subject: nameOf(request.commonName),
    issuer: issuer.subjectName,
    publicKey: keys.publicKey,
    signingKey: await importKey(authority.keyPem),
    signingAlgorithm: ALGORITHM,
    notBefore: new Date(request.notBeforeMs),
    notAfter: new Date(request.notAfterMs),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([request.role === 'server' ? x509.ExtendedKeyUsage.serverAuth : x509.ExtendedKeyUsage.clientAuth]),
      new x509.SubjectAlternativeNameExtension(names),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  });
  return { certificatePem: pemOf(certificate), keyPem: exportKey(keys.privateKey) };
}

function createKeyPair(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

/** Structured, so that no character of a name is taken for syntax. */
function nameOf(commonName: string): x509.JsonName {
  return [{ CN: [commonName] }];
}

function pemOf(certificate: x509.X509Certificate): string {
  return `${certificate.toString('pem')}\n`;
}

function exportKey(key: CryptoKey): string {
  return KeyObject.from(key).export({ type: 'pkcs8', format: 'pem' }).toString();
}

function importKey(pem: string): Promise<CryptoKey> {
  return crypto.subtle.importKey('pkcs8', new Uint8Array(createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' })), ALGORITHM, false, ['sign']);
}

// The x509 library needs this polyfill before it is loaded.
import 'reflect-metadata';
import type { X509Certificate } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { TidegateError } from '../../exchange/errors.ts';

/** Certificates that their authority has revoked (RFC 5280, 5). */
export interface RevocationList {
  isRevoked(certificate: X509Certificate): boolean;
  /** When the authority promised the next list, in milliseconds since 1970; the earliest of several. */
  readonly nextUpdateMs: number | undefined;
}

/** A list without entries, where no file is named. */
export const NO_REVOCATIONS: RevocationList = { isRevoked: () => false, nextUpdateMs: undefined };

const CRL_BEGIN = /-----BEGIN (X509 )?CRL-----/g;
const CRL_BLOCK = /-----BEGIN (X509 )?CRL-----[\s\S]+?-----END \1CRL-----/g;
const CERTIFICATE_BLOCK = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/**
 * Reads lists from PEM, one for each authority or more. A list whose time is over still refuses what it names; that it is
 * stale is for whoever looks at `nextUpdateMs`: the certificates registered in the store decide. `file` is how errors call it.
 * Throws `configuration-invalid` where there is none, one is cut short (what it revokes would be believed), or one is not signed by
 * an authority in `caPem`.
 */
export async function readRevocationList(pem: string, caPem: string, file = 'The revocation list'): Promise<RevocationList> {
  const authorities = (caPem.match(CERTIFICATE_BLOCK) ?? []).map((block) => new x509.X509Certificate(block));
  const blocks = pem.match(CRL_BLOCK) ?? [];
  if (blocks.length === 0) throw new TidegateError('configuration-invalid', `${file} holds no PEM block of an X.509 CRL.`);
  if (blocks.length !== pem.match(CRL_BEGIN)?.length) throw new TidegateError('configuration-invalid', `${file} is cut short: a list in it has no end.`);
  const revoked = new Set<string>();
  const nextUpdates: number[] = [];
  for (const block of blocks) {
    const list = parse(block, file);
    const signer = await signerOf(list, authorities, file);
    for (const { serialNumber } of list.entries) revoked.add(`${canonicalSerial(serialNumber)} ${signer}`);
    if (list.nextUpdate !== undefined) nextUpdates.push(list.nextUpdate.getTime());
  }
  return {
    isRevoked: (certificate) => revoked.size > 0 && revoked.has(`${canonicalSerial(certificate.serialNumber)} ${issuerOf(certificate)}`),
    nextUpdateMs: nextUpdates.length === 0 ? undefined : Math.min(...nextUpdates),
  };
}

function parse(block: string, file: string): x509.X509Crl {
  try {
    return new x509.X509Crl(block);
  } catch (cause) {
    throw new TidegateError('configuration-invalid', `${file} cannot be read.`, {}, { cause });
  }
}

/** Name of the authority that signed the list. */
async function signerOf(list: x509.X509Crl, authorities: readonly x509.X509Certificate[], file: string): Promise<string> {
  for (const authority of authorities) {
    if (nameOf(authority.subjectName) !== nameOf(list.issuerName)) continue;
    if (await list.verify({ publicKey: authority.publicKey }).catch(() => false)) return nameOf(authority.subjectName);
  }
  throw new TidegateError('configuration-invalid', `${file} is not signed by the authority that is believed.`);
}

const nameOf = (name: x509.Name): string => Buffer.from(name.toArrayBuffer()).toString('hex');

/** Asked at every request of a connection, so read once. */
const issuers = new WeakMap<X509Certificate, string>();

function issuerOf(certificate: X509Certificate): string {
  const issuer = issuers.get(certificate) ?? nameOf(new x509.X509Certificate(certificate.raw).issuerName);
  issuers.set(certificate, issuer);
  return issuer;
}

/** Node writes serial numbers in capitals, and either may have leading zeros. */
const canonicalSerial = (serial: string): string => serial.toLowerCase().replace(/^0+(?=.)/, '');

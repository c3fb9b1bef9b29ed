import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { X509Certificate, createPrivateKey } from 'node:crypto';
import { join } from 'node:path';
import { partyId } from '../../exchange/claims.ts';
import { TidegateError } from '../../exchange/errors.ts';
import { type LinkIdentity, type Side, linkName } from '../../exchange/names.ts';
import { createAuthority, issueCertificate } from './certificate-authority.ts';
import type { IssuedCertificate } from './certificate-authority.ts';
import { certificateFacts, daysToExpiry } from './certificate.ts';
import type { CertificateRegistration, KeyRegistration } from './register.ts';
import { assertCertificates, assertPrivateKey } from '../../files/pem-file.ts';
import { readSecretFile, writeSecretFile } from '../../files/secret-file.ts';
import { readTextFile } from '../../files/text-file.ts';
import { writeWholeFile } from '../../files/whole-file.ts';
import { ensureSigningKeys } from './signing-key-file.ts';
import type { SigningKeys } from './signing-key-file.ts';

const DAY_MS = 86_400_000;
const AUTHORITY_DAYS = 3650;
const CERTIFICATE_DAYS = 365;
/** Certificates that expire sooner are made anew. */
const RENEW_DAYS = 30;

/** What development keys are made for. */
export interface DevelopmentKeysOptions {
  /** Links that need signing keys; all of one tenant, since the CRM has one client certificate. */
  readonly links: readonly LinkIdentity[];
  /** Names and addresses under which the producer is reached. Default: this machine. */
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
  readonly nowMs?: number;
}

/** Paths of one side's files: its own private keys, and the authority's certificate. */
export interface SideFiles {
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
  readonly signingKey: string;
}

/** Where everything is, and what each store has to register. */
export interface DevelopmentKeys {
  readonly crm: SideFiles;
  readonly cloud: SideFiles;
  /** Public keys of both sides: to be registered in both stores. */
  readonly keys: readonly KeyRegistration[];
  /** The CRM's client certificate: to be registered in the cloud's store. */
  readonly clientCertificate: CertificateRegistration;
  /** The producer's certificate: to be registered in the CRM's store. */
  readonly serverCertificate: CertificateRegistration;
}

/**
 * Makes all certificates and keys of an embedded stack, and leaves alone what is there and still good. The folder gets
 * `crm/` and `cloud/`, each with its own private keys and the authority's certificate only, and `authority/` with the
 * authority's key, which neither side reads. For development: in production each side makes its own keys.
 */
export async function ensureDevelopmentKeys(folder: string, options: DevelopmentKeysOptions): Promise<DevelopmentKeys> {
  const nowMs = options.nowMs ?? Date.now();
  const authority = await ensureAuthority(join(folder, 'authority'), nowMs);
  const dnsNames = options.dnsNames ?? ['localhost'];
  const ipAddresses = options.ipAddresses ?? ['127.0.0.1', '::1'];
  const owner = commonOwner(options.links);
  const validity = { notBeforeMs: nowMs - DAY_MS, notAfterMs: nowMs + CERTIFICATE_DAYS * DAY_MS };
  const sides = {
    crm: { commonName: 'tidegate consumer', role: 'client', dnsNames: ['crm.tidegate.internal'], ipAddresses: [], ...validity },
    cloud: { commonName: 'tidegate producer', role: 'server', dnsNames, ipAddresses, ...validity },
  } as const;

  const files = { crm: sideFiles(folder, 'crm'), cloud: sideFiles(folder, 'cloud') };
  const keys: KeyRegistration[] = [];
  for (const side of ['crm', 'cloud'] as const) {
    await mkdir(join(folder, side), { recursive: true, mode: 0o700 });
    await ensureCertificate(authority, files[side], sides[side], nowMs);
    const parties = options.links.map((link) => partyId(side, link));
    keys.push(...registrations(await ensureSigningKeys(files[side].signingKey, parties), parties, nowMs));
  }
  const registration = async (side: Side): Promise<CertificateRegistration> => {
    const { thumbprint, subject, notAfterMs } = certificateFacts(readTextFile(files[side].certificate));
    return { thumbprint, subject, notAfterMs, party: `${side}:${owner}` };
  };
  return { ...files, keys, clientCertificate: await registration('crm'), serverCertificate: await registration('cloud') };
}

function sideFiles(folder: string, side: Side): SideFiles {
  const file = (name: string) => join(folder, side, name);
  return { ca: file('ca.pem'), certificate: file('certificate.pem'), key: file('key.pem'), signingKey: file('signing-key.json') };
}

/** The longest beginning that the links share: what the one certificate of a side speaks for. */
function commonOwner(links: readonly LinkIdentity[]): string {
  const [first] = links;
  if (first === undefined) throw new TidegateError('configuration-invalid', 'There is no link.');
  if (links.some((link) => link.tenant !== first.tenant))
    throw new TidegateError('configuration-invalid', 'Links of several tenants need client certificates of their own.');
  if (links.length === 1) return linkName(first);
  return links.every((link) => link.environment === first.environment) ? `${first.tenant}/${first.environment}` : first.tenant;
}

async function ensureAuthority(folder: string, nowMs: number): Promise<IssuedCertificate> {
  const [certificate, key] = [join(folder, 'ca.pem'), join(folder, 'ca.key')];
  const present = await readPair(certificate, key);
  if (present !== undefined && isGood(present, nowMs)) return present;
  const made = await createAuthority({
    commonName: 'Tidegate development authority',
    notBeforeMs: nowMs - DAY_MS,
    notAfterMs: nowMs + AUTHORITY_DAYS * DAY_MS,
  });
  await writeSecretFile(key, made.keyPem);
  await writeWholeFile(certificate, made.certificatePem);
  return made;
}

async function ensureCertificate(
  authority: IssuedCertificate,
  files: SideFiles,
  request: Parameters<typeof issueCertificate>[1],
  nowMs: number,
): Promise<void> {
  await writeWholeFile(files.ca, authority.certificatePem);
  const present = await readPair(files.certificate, files.key);
  if (present !== undefined && isGood(present, nowMs) && isIssuedFor(present, authority, request)) return;
  const made = await issueCertificate(authority, request);
  await writeSecretFile(files.key, made.keyPem);
  await writeWholeFile(files.certificate, made.certificatePem);
}

/** A certificate and its key, where both are there. Throws `configuration-invalid`, which names the file, where one is damaged: it is not replaced unasked. */
async function readPair(certificate: string, key: string): Promise<IssuedCertificate | undefined> {
  if (!existsSync(certificate) || !existsSync(key)) return undefined;
  const [certificatePem, keyPem] = [readTextFile(certificate), await readSecretFile(key)];
  assertCertificates(certificatePem, certificate);
  assertPrivateKey(keyPem, key);
  return { certificatePem, keyPem };
}

/** Not about to expire, and the key belongs to it (a start that was killed may have left one new and one old file). */
function isGood({ certificatePem, keyPem }: IssuedCertificate, nowMs: number): boolean {
  return daysToExpiry(certificateFacts(certificatePem), nowMs) >= RENEW_DAYS && new X509Certificate(certificatePem).checkPrivateKey(createPrivateKey(keyPem));
}

function isIssuedFor(present: IssuedCertificate, authority: IssuedCertificate, request: Parameters<typeof issueCertificate>[1]): boolean {
  const certificate = new X509Certificate(present.certificatePem);
  return (
    certificate.verify(new X509Certificate(authority.certificatePem).publicKey) &&
    request.dnsNames.every((name) => certificate.checkHost(name) !== undefined) &&
    (request.ipAddresses ?? []).every((address) => certificate.checkIP(address) !== undefined)
  );
}

function registrations(keys: SigningKeys, parties: readonly string[], nowMs: number): readonly KeyRegistration[] {
  return [...keys.values()]
    .filter((key) => parties.includes(key.party))
    .map(({ party, publicJwk }) => ({ party, publicJwk, notBeforeMs: nowMs - DAY_MS, notAfterMs: nowMs + AUTHORITY_DAYS * DAY_MS }));
}

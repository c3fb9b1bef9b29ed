import { resolve } from 'node:path';
import type { DevelopmentKeys, SideFiles } from '../../adaptor/auth/development-keys.ts';
import { certificateFacts } from '../../adaptor/auth/certificate.ts';
import type { KeyRegistration } from '../../adaptor/auth/register.ts';
import { assertCertificates, assertPrivateKey } from '../../files/pem-file.ts';
import { readSecretFile } from '../../files/secret-file.ts';
import { readTextFile } from '../../files/text-file.ts';
import { loadSigningKeys } from '../../adaptor/auth/signing-key-file.ts';
import { readSettings } from '../../configuration/settings/read-settings.ts';
import { stackSettingsSchema } from '../../configuration/settings/stack.ts';
import { TidegateError } from '../../exchange/errors.ts';

const YEAR_MS = 365 * 86_400_000;

/**
 * Puts the certificates and keys that the environment names in the place of those that were made. Throws
 * `configuration-invalid` where only one of certificate and key is named, they do not belong together, or a file cannot be read.
 */
export async function withOwnMaterial(made: DevelopmentKeys, environment: Readonly<Record<string, string | undefined>>): Promise<DevelopmentKeys> {
  const settings = readSettings(stackSettingsSchema, environment);
  const crm = own(made.crm, {
    ca: settings.TIDEGATE_CRM_TLS_CA,
    certificate: settings.TIDEGATE_CRM_TLS_CERTIFICATE,
    key: settings.TIDEGATE_CRM_TLS_KEY,
    signingKey: settings.TIDEGATE_CRM_SIGNING_KEY,
  });
  const cloud = own(made.cloud, {
    ca: settings.TIDEGATE_CLOUD_TLS_CA,
    certificate: settings.TIDEGATE_CLOUD_TLS_CERTIFICATE,
    key: settings.TIDEGATE_CLOUD_TLS_KEY,
    signingKey: settings.TIDEGATE_CLOUD_SIGNING_KEY,
  });
  const [client, server] = [certificateFacts(await readPair(crm)), certificateFacts(await readPair(cloud))];
  const keys: KeyRegistration[] = [];
  for (const [files, before] of [
    [crm, made.crm],
    [cloud, made.cloud],
  ] as const)
    if (files.signingKey !== before.signingKey) keys.push(...(await registrationsOf(files.signingKey)));
  const replaced = new Set(keys.map(({ party }) => party));
  return {
    crm,
    cloud,
    keys: [...made.keys.filter(({ party }) => !replaced.has(party)), ...keys],
    clientCertificate: { ...made.clientCertificate, ...client },
    serverCertificate: { ...made.serverCertificate, ...server },
  };
}

function own(made: SideFiles, named: { readonly [File in keyof SideFiles]: string | undefined }): SideFiles {
  if ((named.certificate === undefined) !== (named.key === undefined))
    throw new TidegateError('configuration-invalid', 'A certificate and its key are named together.');
  const path = (file: keyof SideFiles): string => (named[file] === undefined ? made[file] : resolve(named[file]));
  return { ca: path('ca'), certificate: path('certificate'), key: path('key'), signingKey: path('signingKey') };
}

/** Reads a side's certificate, with its key and its authority proved to be what they are called. */
async function readPair({ ca, certificate: file, key }: SideFiles): Promise<string> {
  assertCertificates(readTextFile(ca), ca);
  const certificate = readTextFile(file);
  assertCertificates(certificate, file);
  assertPrivateKey(await readSecretFile(key), key, { certificate });
  return certificate;
}

async function registrationsOf(file: string): Promise<readonly KeyRegistration[]> {
  const nowMs = Date.now();
  return [...(await loadSigningKeys(file)).values()].map(({ party, publicJwk }) => ({
    party,
    publicJwk,
    notBeforeMs: nowMs - 60_000,
    notAfterMs: nowMs + YEAR_MS,
  }));
}

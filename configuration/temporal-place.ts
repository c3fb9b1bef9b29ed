import { z } from 'zod';
import { TidegateError } from '../exchange/errors.ts';
import { assertCertificates, assertPrivateKey } from '../files/pem-file.ts';
import { readSecretFile } from '../files/secret-file.ts';
import { readTextFile } from '../files/text-file.ts';

const file = (description: string) => z.string().min(1).optional().meta({ description });

/** How a process reaches Temporal where that is not an open port of its own machine. */
export const temporalSecuritySettings = {
  TIDEGATE_TEMPORAL_TLS_CA: file("PEM file of the authority that signs the Temporal frontend's certificate. Set: TLS."),
  TIDEGATE_TEMPORAL_TLS_CERTIFICATE: file('PEM file of the client certificate for the Temporal frontend, named together with its key. Set: TLS.'),
  TIDEGATE_TEMPORAL_TLS_KEY: file('PEM file of its private key, readable by its owner only.'),
  TIDEGATE_TEMPORAL_TLS_SERVER_NAME: z
    .string()
    .min(1)
    .optional()
    .meta({ description: "Name that the Temporal frontend's certificate bears, where it is not the host of the address. Set: TLS." }),
  TIDEGATE_TEMPORAL_API_KEY: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'API key for the Temporal frontend. Set: TLS; without an authority of its own those of the system are believed.', secret: true }),
};

/** Settings that say where Temporal is and how it is reached. */
export type TemporalPlaceSettings = { readonly TIDEGATE_TEMPORAL_ADDRESS: string; readonly TIDEGATE_TEMPORAL_NAMESPACE: string } & z.infer<
  z.ZodObject<typeof temporalSecuritySettings>
>;

/** Where a Temporal frontend is, and how it is reached; `tls` as the Temporal SDK takes it. */
export interface TemporalPlace {
  /** host:port. */
  readonly address: string;
  readonly namespace: string;
  /** Absent: plain text, for a server on this machine or behind something that speaks TLS in its place. */
  readonly tls?: {
    readonly serverNameOverride?: string;
    readonly serverRootCACertificate?: Uint8Array;
    readonly clientCertPair?: { readonly crt: Uint8Array; readonly key: Uint8Array };
  };
  readonly apiKey?: string;
}

/** Reads the files that settings name. Throws `configuration-invalid` where one is not what it shall be, the key lies open, or half of a pair is missing. */
export async function temporalPlace(settings: TemporalPlaceSettings): Promise<TemporalPlace> {
  const place = { address: settings.TIDEGATE_TEMPORAL_ADDRESS, namespace: settings.TIDEGATE_TEMPORAL_NAMESPACE };
  const {
    TIDEGATE_TEMPORAL_TLS_CA: ca,
    TIDEGATE_TEMPORAL_TLS_CERTIFICATE: certificate,
    TIDEGATE_TEMPORAL_TLS_KEY: key,
    TIDEGATE_TEMPORAL_TLS_SERVER_NAME: serverName,
    TIDEGATE_TEMPORAL_API_KEY: apiKey,
  } = settings;
  if ((certificate === undefined) !== (key === undefined))
    throw new TidegateError('configuration-invalid', 'Set TIDEGATE_TEMPORAL_TLS_CERTIFICATE and TIDEGATE_TEMPORAL_TLS_KEY together.');
  if ([ca, certificate, serverName, apiKey].every((each) => each === undefined)) return place;
  const tls = {
    ...(serverName === undefined ? {} : { serverNameOverride: serverName }),
    ...(ca === undefined ? {} : { serverRootCACertificate: Buffer.from(readCertificates('TIDEGATE_TEMPORAL_TLS_CA', ca)) }),
    ...(certificate === undefined || key === undefined ? {} : { clientCertPair: await readPair(certificate, key) }),
  };
  return { ...place, tls, ...(apiKey === undefined ? {} : { apiKey }) };
}

/** What is no certificate would be told by the server's refusal, after a minute. */
function readCertificates(variable: string, file: string): string {
  const pem = readTextFile(file, variable);
  assertCertificates(pem, file, variable);
  return pem;
}

async function readPair(certificateFile: string, keyFile: string): Promise<{ readonly crt: Uint8Array; readonly key: Uint8Array }> {
  const variable = 'TIDEGATE_TEMPORAL_TLS_KEY';
  const certificate = readCertificates('TIDEGATE_TEMPORAL_TLS_CERTIFICATE', certificateFile);
  const key = await readSecretFile(keyFile, variable);
  assertPrivateKey(key, keyFile, { certificate, variable });
  return { crt: Buffer.from(certificate), key: Buffer.from(key) };
}

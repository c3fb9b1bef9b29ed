import { X509Certificate, createPrivateKey } from 'node:crypto';
import { wrongFile } from './text-file.ts';

const CERTIFICATE = /-----BEGIN (TRUSTED |X509 )?CERTIFICATE-----/g;
const WHOLE_CERTIFICATE = /-----BEGIN ((?:TRUSTED |X509 )?CERTIFICATE)-----[\s\S]+?-----END \1-----/g;

/**
 * Checks that the text of a file is PEM with one certificate or more, each of them whole: a list that was cut short would
 * be believed by half. Throws `configuration-invalid`, which names the file.
 */
export function assertCertificates(pem: string, file: string, variable?: string): void {
  const blocks = pem.match(WHOLE_CERTIFICATE) ?? [];
  if (blocks.length === 0) throw wrongFile(file, 'holds no certificate in PEM.', variable);
  if (blocks.length !== pem.match(CERTIFICATE)?.length) throw wrongFile(file, 'is cut short: a certificate in it has no end.', variable);
  for (const [index, block] of blocks.entries()) {
    try {
      void new X509Certificate(block);
    } catch (cause) {
      throw wrongFile(file, `cannot be read: certificate ${index + 1} of ${blocks.length} in it is damaged.`, variable, cause);
    }
  }
}

/**
 * Checks that the text of a file is a private key in PEM, without a passphrase, and the one of `certificate` (PEM) where that
 * is given. Throws `configuration-invalid`, which names the file and no part of the key.
 */
export function assertPrivateKey(
  pem: string,
  file: string,
  { certificate, variable }: { readonly certificate?: string; readonly variable?: string } = {},
): void {
  let belongs: boolean;
  try {
    const key = createPrivateKey(pem);
    belongs = certificate === undefined || new X509Certificate(certificate).checkPrivateKey(key);
  } catch {
    // OpenSSL's own message may tell of the key.
    throw wrongFile(file, 'holds no private key in PEM without a passphrase.', variable);
  }
  if (!belongs) throw wrongFile(file, 'holds the key of another certificate.', variable);
}

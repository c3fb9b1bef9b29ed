import { X509Certificate, createPrivateKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { certificateFacts, daysToExpiry } from '../../../adaptor/auth/certificate.ts';
import { readRevocationList } from '../../../adaptor/auth/revocation-list.ts';
import { readTlsMaterial } from '../../../adaptor/auth/tls.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import { type Check, type Finding, fault, ok, warning } from '../finding.ts';
import type { Parts } from '../parts.ts';

/** Certificates that expire sooner are told of: renewing takes people of two companies. */
export const WARN_DAYS = 30;

/** This side's certificate, its key and the authority that it believes: readable, belonging together, in their time. */
export const certificates: Check<Parts> = {
  name: 'certificates',
  run: async (parts) => {
    const files = { ca: parts.setting('TIDEGATE_TLS_CA'), certificate: parts.setting('TIDEGATE_TLS_CERTIFICATE'), key: parts.setting('TIDEGATE_TLS_KEY') };
    let material: typeof files;
    try {
      material = await readTlsMaterial(files);
    } catch (error) {
      if (!(error instanceof TidegateError)) throw error;
      return [fault('files', error.message, 'Put the file there, for the user of this process alone.')];
    }
    const findings = (['certificate', 'ca'] as const).map((kind) => judgeCertificate(files[kind], material[kind], parts.nowMs()));
    return [...findings, judgeKey(files, material), ...(await judgeRevocations(parts, material.ca))];
  },
};

/** A certificate's time, by a clock. `subject` is how it is called in the finding. */
export function judgeCertificate(subject: string, pem: string | Buffer, nowMs: number): Finding {
  let facts: ReturnType<typeof certificateFacts>;
  try {
    facts = certificateFacts(pem);
  } catch {
    return fault(subject, 'it is no certificate', 'Put a PEM file with an X.509 certificate there.');
  }
  const days = daysToExpiry(facts, nowMs);
  const until = new Date(facts.notAfterMs).toISOString();
  if (nowMs < facts.notBeforeMs)
    return fault(subject, `it is not valid before ${new Date(facts.notBeforeMs).toISOString()}`, 'Check the clock of this machine.');
  if (nowMs >= facts.notAfterMs)
    return fault(subject, `it expired at ${until}`, 'Renew it, and register the new one at the other side; running processes take new files up by themselves.');
  if (days < WARN_DAYS)
    return warning(subject, `it expires in ${days} days (${until})`, 'Renew it, and register the new one at the other side before that day.');
  return ok(subject, `valid for ${days} days`);
}

/** A revocation list, where one is named: signed by the authority, and not older than promised. */
async function judgeRevocations(parts: Parts, ca: string): Promise<readonly Finding[]> {
  if (!parts.has('TIDEGATE_TLS_CRL')) return [];
  const file = parts.setting('TIDEGATE_TLS_CRL');
  try {
    const { nextUpdateMs } = await readRevocationList(await readFile(file, 'utf8'), ca);
    return nextUpdateMs !== undefined && nextUpdateMs <= parts.nowMs()
      ? [
          warning(
            file,
            `a newer list was promised for ${new Date(nextUpdateMs).toISOString()}`,
            'Fetch the new list from the authority; until then the old one is used.',
          ),
        ]
      : [ok(file, 'it is of the authority, and up to date')];
  } catch (error) {
    const detail = error instanceof TidegateError ? error.message : 'it cannot be read';
    return [fault(file, detail, 'Put the PEM file of revocation lists of this authority there.')];
  }
}

function judgeKey(files: { readonly key: string }, material: { readonly certificate: string; readonly key: string }): Finding {
  const wrong = (what: string): Finding => fault(files.key, what, 'Put the private key of this certificate there (PEM, without a passphrase).');
  try {
    const key = createPrivateKey(material.key);
    return new X509Certificate(material.certificate).checkPrivateKey(key)
      ? ok(files.key, 'it belongs to the certificate')
      : wrong('it belongs to another certificate');
  } catch {
    return wrong('it is no private key, or the certificate cannot be read');
  }
}

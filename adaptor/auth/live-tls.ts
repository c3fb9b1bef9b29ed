import { X509Certificate } from 'node:crypto';
import { TidegateError } from '../../exchange/errors.ts';
import { assertCertificates, assertPrivateKey } from '../../files/pem-file.ts';
import { NO_REVOCATIONS, type RevocationList, readRevocationList } from './revocation-list.ts';
import { type TlsMaterial, readTlsMaterial } from './tls.ts';
import { fileSignature, watchFiles } from './watch-files.ts';

/** Told of what becomes of replaced files. */
export interface LiveTlsObserver {
  /** New files are in use. */
  taken(material: TlsMaterial): void;
  /** New files are no good; the old ones stay in use. */
  refused(error: TidegateError): void;
}

/** A side's TLS files as they are on disk, followed while the process runs. */
export interface LiveTls extends Disposable {
  readonly material: TlsMaterial;
  readonly revocations: RevocationList;
  /** Whether what is on disk is in use; false while it is no good. */
  readonly inStep: boolean;
  /** Looks at the files now, instead of within a second. */
  look(): Promise<void>;
}

/**
 * Reads the files and takes replaced ones up without a restart: certificate, key, authority and revocation list together,
 * and only where they belong together; a pair of which one half is replaced yet is simply read again at the next look.
 * Throws `configuration-invalid` where the files are no good at the start.
 */
export async function openLiveTls(files: TlsMaterial, observer: LiveTlsObserver, options: { readonly intervalMs?: number } = {}): Promise<LiveTls> {
  const names = [files.ca, files.certificate, files.key, ...(files.crl === undefined ? [] : [files.crl])];
  const since = await fileSignature(names);
  let current = await readAll(files);
  let inStep = true;
  const watch = watchFiles(
    names,
    since,
    async () => {
      try {
        const read = await readAll(files);
        if (hasExpired(read.material) && !hasExpired(current.material))
          throw new TidegateError('certificate-expired', `The new certificate in ${files.certificate} has expired.`);
        current = read;
        inStep = true;
        observer.taken(read.material);
      } catch (error) {
        inStep = false;
        observer.refused(error instanceof TidegateError ? error : new TidegateError('configuration-invalid', 'The new TLS files cannot be read.'));
      }
    },
    options,
  );
  return {
    get material() {
      return current.material;
    },
    get revocations() {
      return current.revocations;
    },
    get inStep() {
      return inStep;
    },
    look: () => watch.look(),
    [Symbol.dispose]: () => watch[Symbol.dispose](),
  };
}

async function readAll(files: TlsMaterial): Promise<{ readonly material: TlsMaterial; readonly revocations: RevocationList }> {
  const material = await readTlsMaterial(files);
  assertCertificates(material.ca, files.ca);
  assertCertificates(material.certificate, files.certificate);
  assertPrivateKey(material.key, files.key, { certificate: material.certificate });
  return { material, revocations: material.crl === undefined ? NO_REVOCATIONS : await readRevocationList(material.crl, material.ca, files.crl) };
}

const hasExpired = ({ certificate }: TlsMaterial): boolean => new X509Certificate(certificate).validToDate.getTime() <= Date.now();

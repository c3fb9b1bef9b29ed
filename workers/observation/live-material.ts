import type pino from 'pino';
import { certificateFacts } from '../../adaptor/auth/certificate.ts';
import { type LiveSigningKeys, openLiveSigningKeys } from '../../adaptor/auth/live-signing-keys.ts';
import { type LiveTls, openLiveTls } from '../../adaptor/auth/live-tls.ts';
import type { TlsMaterial } from '../../adaptor/auth/tls.ts';
import type { TidegateError } from '../../exchange/errors.ts';
import type { Metrics } from '../../observability/metrics/metrics.ts';

/** Names of a side's files. */
export interface MaterialSettings {
  readonly TIDEGATE_TLS_CA: string;
  readonly TIDEGATE_TLS_CERTIFICATE: string;
  readonly TIDEGATE_TLS_KEY: string;
  readonly TIDEGATE_TLS_CRL?: string | undefined;
  readonly TIDEGATE_SIGNING_KEY: string;
}

/** Certificates and keys of a process, followed on disk. */
export interface LiveMaterial extends Disposable {
  readonly tls: LiveTls;
  readonly keys: LiveSigningKeys;
}

/** Told when new files are in use. */
export interface OnRenewed {
  tls(material: TlsMaterial): void;
  keys?(): void;
}

/** Opens a process's certificates and keys and follows them; what becomes of replaced files is logged, and told as a metric. */
export async function openLiveMaterial(
  settings: MaterialSettings,
  log: pino.Logger,
  metrics: Metrics | undefined,
  onRenewed: OnRenewed,
): Promise<LiveMaterial> {
  const refused = (files: string) => (error: TidegateError) =>
    log.error({ files, code: error.code }, `new files are not taken, the old ones stay in use: ${error.message}`);
  const tls = await openLiveTls(
    {
      ca: settings.TIDEGATE_TLS_CA,
      certificate: settings.TIDEGATE_TLS_CERTIFICATE,
      key: settings.TIDEGATE_TLS_KEY,
      ...(settings.TIDEGATE_TLS_CRL === undefined ? {} : { crl: settings.TIDEGATE_TLS_CRL }),
    },
    {
      taken: (material) => {
        const { thumbprint, notAfterMs } = certificateFacts(material.certificate);
        log.info({ thumbprint, notAfter: new Date(notAfterMs).toISOString() }, 'new certificate files are in use');
        onRenewed.tls(material);
      },
      refused: refused('tls'),
    },
  );
  const keys = await openLiveSigningKeys(settings.TIDEGATE_SIGNING_KEY, {
    taken: (all) => {
      log.info({ keys: all.map(({ party, kid }) => ({ party, kid })) }, 'new signing keys are in use');
      onRenewed.keys?.();
    },
    refused: refused('signing keys'),
  });
  metrics?.onScrape(() => {
    const gauge = metrics.gauge('filesInUse');
    gauge.set({ files: 'tls' }, Number(tls.inStep));
    gauge.set({ files: 'signing keys' }, Number(keys.inStep));
    if (tls.revocations.nextUpdateMs !== undefined) metrics.gauge('revocationsUntil').set(tls.revocations.nextUpdateMs / 1000);
  });
  return {
    tls,
    keys,
    [Symbol.dispose]: () => {
      tls[Symbol.dispose]();
      keys[Symbol.dispose]();
    },
  };
}

import type { Logger } from 'pino';
import type { Pool } from 'pg';
import type { CertificateRegistry } from '../../adaptor/auth/certificate-registry.ts';
import type { KeyRegistry } from '../../adaptor/auth/key-registry.ts';
import type { SigningKeySource } from '../../adaptor/auth/live-signing-keys.ts';
import type { RevocationList } from '../../adaptor/auth/revocation-list.ts';
import type { TlsMaterial } from '../../adaptor/auth/tls.ts';
import type { RateBound } from '../../web/http/request-limit.ts';
import type { ChangeListener } from './change-listener.ts';
import type { ProducerObserver } from './observer.ts';
import type { CloudAccess } from '../service-manager/employee-access.ts';

/** Bounds of what a client may do to the producer. */
export interface ProducerLimits {
  /** Greatest size in bytes of a body that is one signed object. */
  readonly maxJwsBytes: number;
  /** Greatest size in bytes of a window or chunk. */
  readonly maxWindowBytes: number;
  /** Greatest size in bytes of the headers of a request. */
  readonly maxHeaderBytes: number;
  /** Time for the headers of a request to arrive. */
  readonly headersTimeoutMs: number;
  /** Time for a whole request to arrive. */
  readonly requestTimeoutMs: number;
  /** Greatest silence within a window's body. */
  readonly silenceTimeoutMs: number;
  /** An idle connection is kept so long. */
  readonly keepAliveMs: number;
  /** Every connection is made anew after so long, and its certificates are checked again. */
  readonly maxConnectionAgeMs: number;
  /** Bound of the requests of each client certificate, and of those that each signing key proves. */
  readonly rate: RateBound;
  /** Validity of access tokens. */
  readonly tokenLifetimeSeconds: number;
}

/** Limits where nothing else is told. */
export const DEFAULT_LIMITS: ProducerLimits = {
  maxJwsBytes: 1 << 20,
  maxWindowBytes: 2 ** 31,
  maxHeaderBytes: 16 * 1024,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 10 * 60_000,
  silenceTimeoutMs: 30_000,
  keepAliveMs: 60_000,
  maxConnectionAgeMs: 60 * 60_000,
  rate: { requests: 10_000, windowMs: 10_000 },
  tokenLifetimeSeconds: 300,
};

/** What the producer is made of. */
export interface ProducerDependencies {
  /** As the role `tidegate_producer`. */
  readonly pool: Pool;
  /** As the role `tidegate_registrar`. */
  readonly registrarPool: Pool;
  /** Rules of access for the third party's own users. Default: none. */
  readonly access?: CloudAccess | undefined;
  /** This cloud's signing keys, one for each link, as they are now. */
  readonly keys: SigningKeySource;
  readonly registry: KeyRegistry;
  readonly certificates: CertificateRegistry;
  /** What the server begins with; `setSecureContext` replaces it while it runs. */
  readonly tls: TlsMaterial;
  /** What authorities have revoked, as it is now. Default: nothing. */
  readonly revocations?: () => RevocationList;
  /** Tells of changes in the captured tables, for answers that are held open. */
  readonly changes: ChangeListener;
  readonly log: Logger;
  readonly limits: ProducerLimits;
  /** Versions of the protocol that are taken, the own one first. Default: those of this code (a test may stand for the next version). */
  readonly protocolVersions?: readonly number[];
  /** Told of what the producer does. */
  readonly observer?: ProducerObserver;
}

import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { certificateFacts } from './certificate.ts';
import type { Database } from './database.ts';
import { type Trusted, listTrusted } from './trust-list.ts';

const DAY_MS = 86_400_000;

/** Days before an end at which it is warned of, each time more urgently. Renewing takes people of two companies. */
export const WARN_DAYS = [30, 7, 1] as const;

/** When something ends without which nothing moves. */
export interface Expiry {
  /** `certificate` and `authority` are this side's files; the others are registered in its store. */
  readonly what: 'certificate' | 'authority' | 'registered certificate' | 'signing key';
  /** Null of files. */
  readonly party: string | null;
  /** Key id or thumbprint. */
  readonly id: string;
  readonly notAfterMs: number;
  /** Whole days until then; negative after it. */
  readonly days: number;
  /** The nearest warning that is due: 30, 7 or 1 days before, 0 once it is over; null while there is time. */
  readonly warning: (typeof WARN_DAYS)[number] | 0 | null;
}

/** Days and warning of an end. */
export function untilExpiry(notAfterMs: number, nowMs: number): Pick<Expiry, 'days' | 'warning'> {
  const leftMs = notAfterMs - nowMs;
  return { days: Math.floor(leftMs / DAY_MS), warning: leftMs <= 0 ? 0 : (WARN_DAYS.findLast((days) => leftMs < days * DAY_MS) ?? null) };
}

/** Paths of certificates; one that cannot be read is left out (the doctor says so). */
export interface ExpiryFiles {
  readonly certificate?: string | undefined;
  readonly authority?: string | undefined;
}

/**
 * When this side's certificates end, and for each party the last of what its store has registered: during a rotation the
 * older one may run out. What is revoked counts for nothing. Throws as `runStatement` does.
 */
export async function readExpiries(database: Database, files: ExpiryFiles, nowMs: number = Date.now()): Promise<readonly Expiry[]> {
  const [registered, ...own] = await Promise.all([
    listTrusted(database),
    fileExpiry('certificate', files.certificate, nowMs),
    fileExpiry('authority', files.authority, nowMs),
  ]);
  const lasting = Map.groupBy(
    registered.filter(({ state }) => state !== 'revoked'),
    ({ kind, party }) => `${kind} ${party}`,
  );
  const store = [...lasting.values()].flatMap((all): Expiry[] => {
    const last = all.toSorted((a, b) => b.notAfterMs - a.notAfterMs)[0];
    return last === undefined
      ? []
      : [{ what: whatOf(last), party: last.party, id: last.id, notAfterMs: last.notAfterMs, ...untilExpiry(last.notAfterMs, nowMs) }];
  });
  return [...own.flat(), ...store];
}

const whatOf = ({ kind }: Trusted): Expiry['what'] => (kind === 'key' ? 'signing key' : 'registered certificate');

async function fileExpiry(what: 'certificate' | 'authority', file: string | undefined, nowMs: number): Promise<readonly Expiry[]> {
  if (file === undefined) return [];
  try {
    const { thumbprint, notAfterMs } = certificateFacts(new X509Certificate(await readFile(file)));
    return [{ what, party: null, id: thumbprint, notAfterMs, ...untilExpiry(notAfterMs, nowMs) }];
  } catch {
    return [];
  }
}

/** One sentence about an end that is near or past. */
export function expiryText({ what, party, days, notAfterMs, warning }: Expiry): string {
  const whose = party === null ? `This side's ${what === 'authority' ? 'authority (CA)' : what}` : `The ${what} of ${party}`;
  const when = new Date(notAfterMs).toISOString();
  return warning === 0 ? `${whose} has expired (${when}): nothing moves until it is renewed.` : `${whose} expires in ${days} days (${when}).`;
}

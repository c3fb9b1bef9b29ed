import type { Expiry } from '../../adaptor/auth/expiry.ts';
import { expiryText } from '../../adaptor/auth/expiry.ts';
import type { Trusted } from '../../adaptor/auth/trust-list.ts';
import { table } from '../output.ts';

const day = (ms: number | null): string => (ms === null ? '' : `${new Date(ms).toISOString().slice(0, 16)}Z`);

/** A side's registered keys and certificates for a terminal. `signing` are the ids that this side signs with, `waiting` those that it has made and not taken yet. */
export function keysText(
  trusted: readonly Trusted[],
  expiries: readonly Expiry[],
  { signing, waiting }: { readonly signing: ReadonlySet<string>; readonly waiting: ReadonlySet<string> },
): string {
  const use = (id: string): string => (signing.has(id) ? 'signs' : waiting.has(id) ? 'next' : '');
  const rows = trusted.map((one) => [
    one.party,
    one.kind,
    one.id,
    use(one.id),
    one.state,
    day(one.notAfterMs),
    day(one.addedAtMs),
    [one.addedBy, one.addedReason].filter(Boolean).join(': '),
    one.revokedAtMs === null ? '' : [day(one.revokedAtMs), one.revokedBy, one.revokedReason].filter(Boolean).join(', '),
  ]);
  const near = expiries.filter(({ warning }) => warning !== null).map((expiry) => `WARNING: ${expiryText(expiry)}`);
  return [table(['party', 'kind', 'id', 'use', 'state', 'until', 'added', 'by', 'revoked'], rows), ...near].join('\n');
}

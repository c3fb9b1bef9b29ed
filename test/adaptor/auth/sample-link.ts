import { randomUUID } from 'node:crypto';
import type { BodyOf, ClaimsOf } from '../../../adaptor/auth/claims-of.ts';
import { generateSigningKey } from '../../../adaptor/auth/signing-key.ts';
import { partyId } from '../../../exchange/claims.ts';
import type { LinkIdentity } from '../../../exchange/names.ts';

export const NOW_MS = Date.UTC(2026, 5, 1, 12);
export const NOW_SECONDS = NOW_MS / 1000;

export const LINK: LinkIdentity = { tenant: 'acme', environment: 'development', link: 'hub' };
export const OTHER_LINK: LinkIdentity = { tenant: 'globex', environment: 'development', link: 'hub' };

export const CRM = partyId('crm', LINK);
export const CLOUD = partyId('cloud', LINK);

export const HASH = 'A'.repeat(43);

/** New signing keys of both sides of a link, and of another tenant's. */
export async function sampleKeys() {
  const [crm, cloud, otherCrm, otherCloud] = await Promise.all(
    [CRM, CLOUD, partyId('crm', OTHER_LINK), partyId('cloud', OTHER_LINK)].map((party) => generateSigningKey(party)),
  );
  if (!crm || !cloud || !otherCrm || !otherCloud) throw new Error('unreachable');
  return { crm, cloud, otherCrm, otherCloud };
}

/** Body of a reverse synchronisation message. */
export function reverseOrder(link: LinkIdentity = LINK): BodyOf<'reverseMessage'> {
  return {
    ...link,
    epoch: 1,
    generation: 1,
    cause: 'user',
    requests: [randomUUID()],
    holdMs: 0,
    orders: [{ collection: 'contacts', fields: ['phone'], operations: ['U'], afterOrdinal: 0, cursor: null, maxRows: 100, maxWindows: 1, deleteBudget: 0 }],
  };
}

/** Claims of a reverse synchronisation message, as the CRM signs them now. */
export function reverseClaims(changed: Partial<ClaimsOf<'reverseMessage'>> = {}): ClaimsOf<'reverseMessage'> {
  return { iss: CRM, aud: CLOUD, iat: NOW_SECONDS, exp: NOW_SECONDS + 600, jti: randomUUID(), ...reverseOrder(), ...changed };
}

/** Body of a receipt. */
export function receiptBody(direction: 'forward' | 'reverse'): BodyOf<'receipt'> {
  const books = { offered: 1, applied: 1, unchanged: 0, conflicted: 0, quarantined: 0, filtered: 0 };
  return { ...LINK, collection: 'contacts', direction, ordinal: 1, outcome: 'applied', batchId: randomUUID(), digest: HASH, books };
}

/** Body of a manifest. */
export function manifestBody(direction: 'forward' | 'reverse'): BodyOf<'manifest'> {
  return {
    ...LINK,
    collection: 'contacts',
    direction,
    kind: 'delta',
    ordinal: 1,
    batchId: randomUUID(),
    epoch: 1,
    generation: 1,
    schemaHash: HASH,
    fromCursor: null,
    toCursor: 'c',
    rows: 1,
    tombstones: 0,
    filtered: 0,
    digest: HASH,
  };
}

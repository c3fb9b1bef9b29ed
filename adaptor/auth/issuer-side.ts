import type { Side } from '../../exchange/names.ts';
import type { SignedKind } from '../../exchange/protocol.ts';
import type { ClaimsOf } from './claims-of.ts';

/** Which side signs each kind; `sender` and `receiver` depend on the direction that the claims name. */
const SIGNERS = {
  assertion: 'crm',
  accessToken: 'cloud',
  proof: 'crm',
  opening: 'crm',
  openingAnswer: 'cloud',
  registration: 'crm',
  registrationAnswer: 'cloud',
  manifest: 'sender',
  settlement: 'crm',
  receipt: 'receiver',
  reverseMessage: 'crm',
  release: 'crm',
  reconciliation: 'crm',
  reconciliationAnswer: 'cloud',
  erasure: 'crm',
  erasureReceipt: 'cloud',
  preview: 'crm',
} as const satisfies Record<SignedKind, Side | 'sender' | 'receiver'>;

/** The side that must have signed an object of a kind with these claims. */
export function issuerSide<K extends SignedKind>(kind: K, claims: ClaimsOf<K>): Side {
  const signer = SIGNERS[kind as SignedKind];
  if (signer === 'crm' || signer === 'cloud') return signer;
  const forward = (claims as ClaimsOf<'manifest' | 'receipt'>).direction === 'forward';
  return (signer === 'sender') === forward ? 'crm' : 'cloud';
}

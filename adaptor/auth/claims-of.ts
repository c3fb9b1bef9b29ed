import type { z } from 'zod';
import {
  accessTokenClaimsSchema,
  assertionClaimsSchema,
  erasureClaimsSchema,
  erasureReceiptClaimsSchema,
  manifestClaimsSchema,
  openingAnswerClaimsSchema,
  openingClaimsSchema,
  previewClaimsSchema,
  proofClaimsSchema,
  receiptClaimsSchema,
  registrationAnswerClaimsSchema,
  registrationClaimsSchema,
  reverseMessageClaimsSchema,
  settlementClaimsSchema,
} from '../../exchange/claims.ts';
import type { commonClaimsSchema } from '../../exchange/claims.ts';
import { reconciliationAnswerClaimsSchema, reconciliationClaimsSchema } from '../../exchange/reconciliation.ts';
import { releaseClaimsSchema } from '../../exchange/release.ts';
import type { SignedKind } from '../../exchange/protocol.ts';

/** The schema of the claims of each kind of signed object: what is signed and what is accepted has exactly these members. */
export const CLAIMS_SCHEMAS = {
  assertion: assertionClaimsSchema,
  accessToken: accessTokenClaimsSchema,
  proof: proofClaimsSchema,
  opening: openingClaimsSchema,
  openingAnswer: openingAnswerClaimsSchema,
  registration: registrationClaimsSchema,
  registrationAnswer: registrationAnswerClaimsSchema,
  manifest: manifestClaimsSchema,
  settlement: settlementClaimsSchema,
  receipt: receiptClaimsSchema,
  reverseMessage: reverseMessageClaimsSchema,
  release: releaseClaimsSchema,
  reconciliation: reconciliationClaimsSchema,
  reconciliationAnswer: reconciliationAnswerClaimsSchema,
  erasure: erasureClaimsSchema,
  erasureReceipt: erasureReceiptClaimsSchema,
  preview: previewClaimsSchema,
} as const satisfies Record<SignedKind, z.ZodType>;

/** Claims of one kind of signed object. */
export type ClaimsOf<K extends SignedKind> = z.infer<(typeof CLAIMS_SCHEMAS)[K]>;

/** Claims that every kind has. */
export type CommonClaims = z.infer<typeof commonClaimsSchema>;

/** Claims of one kind without issuer, audience, times and id, which `issue` adds. */
export type BodyOf<K extends SignedKind> = Omit<ClaimsOf<K>, keyof CommonClaims>;

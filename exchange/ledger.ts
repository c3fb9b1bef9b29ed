import { z } from 'zod';

/** `typ` of a signed head: it is evidence of the CRM and never on the wire. */
export const LEDGER_HEAD_TYP = 'tidegate-ledger-head-v1+jwt';

const hash = z.string().regex(/^[0-9a-f]{64}$/, 'SHA-256 in hex');

/** Claims of a signed head: the chain of this store had this head at this sequence. `iat`: seconds since 1970. It does not expire. */
export const ledgerHeadClaimsSchema = z.strictObject({
  iss: z.string(),
  iat: z.int().positive(),
  store: z.uuid(),
  sequence: z.int().positive(),
  head: hash,
});

/** Claims of a signed head. */
export type LedgerHeadClaims = z.infer<typeof ledgerHeadClaimsSchema>;

/** Heads as they are taken out of the store, to be kept where its administrators cannot write, with the keys that prove them. */
export const ledgerHeadsFileSchema = z.strictObject({
  store: z.uuid(),
  keys: z.array(
    z.strictObject({ kid: z.string(), party: z.string(), jwk: z.strictObject({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: z.string() }) }),
  ),
  heads: z.array(z.string()),
});

/** Exported heads. */
export type LedgerHeadsFile = z.infer<typeof ledgerHeadsFileSchema>;

/** What a verification can find, each with what it means. */
export const LEDGER_FAULTS = {
  'batch-missing': 'A batch of the chain was deleted.',
  'batch-altered': 'A batch is not what was sealed.',
  'order-broken': 'A batch does not follow the one before it: batches were reordered, or one was put in.',
  'batch-unsealed': 'A batch stands outside the chain.',
  'entry-missing': 'An entry of a batch was deleted.',
  'entry-added': 'An entry was added to a sealed batch.',
  'entry-altered': 'An entry of a batch was altered, or entries were reordered.',
  'entry-unchained': 'An entry belongs to no sealed batch.',
  'order-missing': 'Entries name no message or release that was accepted: somebody wrote with the password of the reverse role.',
  'value-altered': 'The values of an entry are not those that were hashed.',
  'value-missing': 'The values of an entry are gone, and nothing says who destroyed them.',
  'window-altered': 'The row of a window or chunk, its counts or its receipt is not what was sealed.',
  'window-unchained': 'A closed window is not in the chain.',
  'act-altered': 'An event of the audit log is not what was sealed.',
  'act-unchained': 'An event of the audit log is not in the chain.',
  'key-altered': 'A registered key or certificate is not what was sealed.',
  'archive-altered': 'An archive is not the one that was taken out, or does not fit the chain.',
  'tail-cut': 'The chain ends before a head that was signed.',
  forked: 'The chain has another head than the one that was signed.',
  'head-invalid': 'A signed head does not hold: signature, key or store.',
} as const satisfies Record<string, string>;

/** What a verification can find. */
export type LedgerFaultName = keyof typeof LEDGER_FAULTS;

/** One fault, where it is. No record content. */
export interface LedgerFault {
  readonly fault: LedgerFaultName;
  /** Place in the chain; null where it has none. */
  readonly sequence: number | null;
  /** What is concerned: an entry's number, a batch, a window, a key. */
  readonly subject: string;
}

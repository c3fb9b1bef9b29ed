import { z } from 'zod';
import { booksSchema } from './books.ts';
import { collectionDefinitionSchema } from './collection.ts';
import { incarnationSchema } from './incarnation.ts';
import { fieldNameSchema, linkIdentitySchema, nameSchema } from './names.ts';
import { rowFormSchema } from './wire-row.ts';

/*
 * Claims of every signed object. `iss` is a party's id (`crm:<tenant>/<environment>/<link>` or `cloud:...`),
 * `aud` exactly one other party, `iat`/`exp` seconds since 1970, `jti` a single-use id (UUID).
 */

const seconds = z.int().positive();
const ordinal = z.int().nonnegative();
const hash = z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'SHA-256 in base64url');

/** Opaque cursor of a store: base64url of its incarnation and `pg_snapshot` (rule 12). Only the store that made it reads it. */
export const cursorSchema = z.string().min(1).max(8192);

/** Claims that every signed object has. */
export const commonClaimsSchema = z.strictObject({
  iss: z.string(),
  aud: z.string(),
  iat: seconds,
  exp: seconds,
  jti: z.uuid(),
});

/** Claims that every signed object of the exchange has: common ones and the link. */
const linkClaims = commonClaimsSchema.extend(linkIdentitySchema.shape);

/** Client assertion at the token endpoint (RFC 7523); `sub` equals `iss`. */
export const assertionClaimsSchema = linkClaims.extend({ sub: z.string() });
export type AssertionClaims = z.infer<typeof assertionClaimsSchema>;

/** Operations that a token can allow. */
export const operationSchema = z.enum(['open', 'register', 'forward', 'reverse', 'reconcile']);
export type Operation = z.infer<typeof operationSchema>;

/** Access token (RFC 9068), bound to the client certificate by its thumbprint (RFC 8705). */
export const accessTokenClaimsSchema = linkClaims.extend({
  sub: z.string(),
  client_id: z.string(),
  operations: z.array(operationSchema).min(1),
  collections: z.array(nameSchema).min(1),
  cnf: z.strictObject({ 'x5t#S256': hash }),
});
export type AccessTokenClaims = z.infer<typeof accessTokenClaimsSchema>;

/** Proof of one request (after RFC 9449): method, path, hash of the access token; for bodies that are one JWS, its hash. */
export const proofClaimsSchema = commonClaimsSchema.extend({
  htm: z.enum(['GET', 'POST', 'PUT']),
  htu: z.string(),
  ath: hash,
  body: hash.optional(),
});
export type ProofClaims = z.infer<typeof proofClaimsSchema>;

/** What a side knows of a channel: last ordinal it holds a receipt for (sender) or applied (receiver). */
export const channelPositionSchema = z.strictObject({ collection: nameSchema, forwardOrdinal: ordinal, reverseOrdinal: ordinal });
export type ChannelPosition = z.infer<typeof channelPositionSchema>;

/**
 * Opening of a link by a run of the CRM: takes the link over under a greater epoch (fencing) and compares what both
 * sides remember, so that a restored store is found before anything moves.
 * `reload` says that an operator approved a new initial load: generation is then one greater than before.
 */
export const openingClaimsSchema = linkClaims.extend({
  runId: z.string().min(1).max(500),
  epoch: z.int().positive(),
  generation: z.int().positive(),
  incarnation: incarnationSchema,
  /** The cloud's incarnation that the CRM remembers; absent on the first opening. */
  peerIncarnation: incarnationSchema.optional(),
  positions: z.array(channelPositionSchema),
  reload: z.strictObject({ approvedBy: z.string().min(1), reason: z.string().min(1) }).optional(),
});
export type OpeningClaims = z.infer<typeof openingClaimsSchema>;

/** The cloud's answer to an opening. */
export const openingAnswerClaimsSchema = linkClaims.extend({
  epoch: z.int().positive(),
  generation: z.int().positive(),
  incarnation: incarnationSchema,
  positions: z.array(channelPositionSchema),
});
export type OpeningAnswerClaims = z.infer<typeof openingAnswerClaimsSchema>;

/** Registration of a collection's definition; `hash` is the SHA-256 of its canonical JSON (RFC 8785). */
export const registrationClaimsSchema = linkClaims.extend({ epoch: z.int().positive(), definition: collectionDefinitionSchema, hash });
export type RegistrationClaims = z.infer<typeof registrationClaimsSchema>;

/** The cloud's answer to a registration: fields that it has no place for, and the forms in which it takes the chunks of a load (absent: CSV only). */
export const registrationAnswerClaimsSchema = linkClaims.extend({
  collection: nameSchema,
  hash,
  unsupported: z.array(fieldNameSchema),
  rowForms: z.array(rowFormSchema).min(1).optional(),
});
export type RegistrationAnswerClaims = z.infer<typeof registrationAnswerClaimsSchema>;

/**
 * What kind of window a manifest closes. `part` windows (upserts before tombstones of the same snapshot) do not move the cursor; a
 * `preview` is shown and never applied.
 */
export const windowKindSchema = z.enum(['load', 'chunk', 'delta', 'part', 'preview']);
export type WindowKind = z.infer<typeof windowKindSchema>;

/** Signed summary that ends a window (both directions), a chunk of an initial load, or the load as a whole. */
export const manifestClaimsSchema = linkClaims.extend({
  collection: nameSchema,
  direction: z.enum(['forward', 'reverse']),
  kind: windowKindSchema,
  ordinal: z.int().positive(),
  /** Number of the chunk for `chunk`, else absent. */
  chunk: z.int().nonnegative().optional(),
  batchId: z.uuid(),
  epoch: z.int().positive(),
  generation: z.int().positive(),
  schemaHash: hash,
  /** Cursor before and after this window, as the sender's opaque text. */
  fromCursor: cursorSchema.nullable(),
  toCursor: cursorSchema,
  rows: ordinal,
  tombstones: ordinal,
  /** Records of the window that the sender's rules kept back. */
  filtered: ordinal,
  /** SHA-256 of the bytes of all `d` payloads; for a `load` of the chunk digests, joined by LF, in order of chunks. */
  digest: hash,
  /** Form of the rows of a `chunk`; absent: CSV. */
  rowForm: rowFormSchema.optional(),
  /** Number of chunks, for `load`. */
  chunks: z.int().nonnegative().optional(),
  /** Forward: ordinal of the last reverse window that the CRM had accepted in the snapshot of this window. */
  acknowledgedReverseOrdinal: ordinal.optional(),
  /** Reverse: the message that ordered this window, and whether it is the message's last for the collection. */
  messageId: z.uuid().optional(),
  last: z.boolean().optional(),
  /** Reverse: what the same snapshot still holds for the windows after this one, so that budgets are kept before anything is written. */
  following: z.strictObject({ rows: ordinal, tombstones: ordinal }).optional(),
  /** Reverse: the cloud's table was truncated meanwhile; never comes in without approval. */
  truncated: z.literal(true).optional(),
});
export type ManifestClaims = z.infer<typeof manifestClaimsSchema>;

/** Greatest number of records that a receipt names; more are only counted. */
export const MAX_SET_ASIDE = 2000;

/** Names of fields, joined by `, `: a constraint may concern several. */
const fieldListSchema = z
  .string()
  .max(30_000)
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,62}(?:, [A-Za-z_][A-Za-z0-9_]{0,62})*$/);

/** Forward: records that the receiver set aside, with the reason, and those that waited before and have now been taken. No values. */
export const setAsideSchema = z.strictObject({
  records: z.array(z.strictObject({ key: z.array(z.string()).min(1), code: z.string(), field: fieldListSchema.nullable() })).max(MAX_SET_ASIDE),
  taken: z.array(z.array(z.string()).min(1)).max(MAX_SET_ASIDE),
});
export type SetAside = z.infer<typeof setAsideSchema>;

/** Signed receipt of a window or chunk, by the side that applied it. `void` is the answer to a settlement of a window never applied. */
export const receiptClaimsSchema = linkClaims.extend({
  collection: nameSchema,
  direction: z.enum(['forward', 'reverse']),
  ordinal: z.int().positive(),
  chunk: z.int().nonnegative().optional(),
  outcome: z.enum(['applied', 'void']),
  /** The batch that was applied; absent where void. */
  batchId: z.uuid().optional(),
  /** Digest of the manifest's `digest` that was applied; absent where void. */
  digest: hash.optional(),
  books: booksSchema,
  setAside: setAsideSchema.optional(),
  /** Of a new load: records of the receiver that it does not name; the next order brings them. Absent where there are none. */
  unconfirmed: z.int().positive().optional(),
  /** Reverse: the cursor that the CRM accepted, and the message. */
  acceptedCursor: cursorSchema.optional(),
  messageId: z.uuid().optional(),
});
export type ReceiptClaims = z.infer<typeof receiptClaimsSchema>;

/** The sender's question for a window it got no answer for: answered with its receipt, else the ordinal is made void (never re-read). */
export const settlementClaimsSchema = linkClaims.extend({ collection: nameSchema, ordinal: z.int().positive(), epoch: z.int().positive() });
export type SettlementClaims = z.infer<typeof settlementClaimsSchema>;

/** What a reverse message orders of one collection. */
export const reverseOrderSchema = z.strictObject({
  collection: nameSchema,
  /** Fields that may come in; others are refused field by field. */
  fields: z.array(fieldNameSchema).min(1),
  operations: z.array(z.enum(['I', 'U', 'D'])).min(1),
  /** Ordinal of the last reverse window that the CRM accepted, and its cursor (null before the first). */
  afterOrdinal: ordinal,
  cursor: cursorSchema.nullable(),
  maxRows: z.int().positive(),
  maxWindows: z.int().positive(),
  /** Greatest number of tombstones that may come in under this order. */
  deleteBudget: ordinal,
  /** Greatest number of records that may come in under this order; absent: no limit. */
  changeBudget: ordinal.optional(),
  /** Tombstones of a truncated table may come in: a user has approved it. */
  truncated: z.literal(true).optional(),
});
export type ReverseOrder = z.infer<typeof reverseOrderSchema>;

/** The reverse synchronisation message: the CRM's signed order to bring cloud changes in. `jti` is the message id and the workflow id. */
export const reverseMessageClaimsSchema = linkClaims.extend({
  epoch: z.int().positive(),
  generation: z.int().positive(),
  cause: z.enum(['period', 'user', 'records', 'repair']),
  /** Ids of the request rows that this message serves (rule 16). */
  requests: z.array(z.uuid()),
  /** The cloud may hold its answer open so long when there is nothing to send. */
  holdMs: z.int().nonnegative().max(60_000),
  orders: z.array(reverseOrderSchema).min(1),
  /** Messages that the CRM is done with: windows under them that have no receipt are given up, and hold no order back. */
  spent: z.array(z.uuid()).max(1000).optional(),
});
export type ReverseMessageClaims = z.infer<typeof reverseMessageClaimsSchema>;

/** The CRM's order to destroy the values of one record, the record with them. `jti` is fresh for each sending. */
export const erasureClaimsSchema = linkClaims.extend({
  collection: nameSchema,
  /** Number of the erasure at the CRM. */
  erasure: z.int().positive(),
  /** Of the record, on the wire. */
  key: z.array(z.string()).min(1),
});
export type ErasureClaims = z.infer<typeof erasureClaimsSchema>;

/** The cloud's signed word of what it destroyed: numbers by kind. Asked again, it destroys what came since, which is mostly nothing. */
export const erasureReceiptClaimsSchema = linkClaims.extend({
  collection: nameSchema,
  erasure: z.int().positive(),
  /** Whether the record was still there, changes whose values were kept, records set aside. */
  destroyed: z.strictObject({ records: ordinal, changes: ordinal, quarantine: ordinal }),
});
export type ErasureReceiptClaims = z.infer<typeof erasureReceiptClaimsSchema>;
/**
 * A question for what an order would bring, by the CRM. The cloud answers with rows and binds nothing: no window, no position, no
 * message. What is answered is never applied.
 */
export const previewClaimsSchema = linkClaims.extend({ epoch: z.int().positive(), generation: z.int().positive(), orders: z.array(reverseOrderSchema).min(1) });
export type PreviewClaims = z.infer<typeof previewClaimsSchema>;

/** Party ids as they stand in `iss` and `aud`. */
export function partyId(side: 'crm' | 'cloud', link: z.infer<typeof linkIdentitySchema>): string {
  return `${side}:${link.tenant}/${link.environment}/${link.link}`;
}

import { z } from 'zod';
import { commonClaimsSchema } from './claims.ts';
import { fieldNameSchema, linkIdentitySchema, nameSchema } from './names.ts';

/*
 * Reconciliation: the CRM asks the cloud for hashes of what it holds, wider to narrower, and never for a value. A *bucket* is
 * the set of records whose key's hash begins with certain bytes: 1 of them at depth 1, 2 at depth 2.
 */

/** Buckets below one parent, and the greatest depth. */
export const BUCKETS_PER_PARENT = 256;
export const MAX_DEPTH = 2;

/** Greatest numbers in one request: parents whose buckets are summed, records in a list, field hashes in states, offered records. */
export const MAX_PARENTS = 128;
export const MAX_LISTED = 4000;
export const MAX_STATE_HASHES = 16_000;
export const MAX_NAMED_KEYS = 1000;

/**
 * How hashes are computed: `sha256` (its first 8 bytes) over PostgreSQL's text of the array of values, or `pg-<major>`, the
 * hash of arrays that PostgreSQL of that major version has built in, which is used where a probe gives the same on both sides.
 * Neither ever stands in a ledger.
 */
export const hashNameSchema = z.string().regex(/^(sha256|pg-\d{1,3})$/, 'sha256 or pg-<major version>');

/** `sha256` or `pg-<major version>`. */
export type HashName = z.infer<typeof hashNameSchema>;

/** A 64-bit hash in hexadecimal, without leading zeros. */
const hashText = z.string().regex(/^(0|[1-9a-f][0-9a-f]{0,15})$/, '64 bits in hexadecimal');
const key = z.array(z.string()).min(1).max(8);
const fields = z.array(fieldNameSchema).min(1).max(400);
const bucket = z.int().nonnegative().max(0xff_ff);
const buckets = z.array(bucket).min(1);
const count = z.int().nonnegative();

/** What the CRM asks, one step a request. */
export const reconciliationAskSchema = z.discriminatedUnion('step', [
  /** What the cloud can compute, and which fields it holds. */
  z.strictObject({ step: z.literal('negotiate') }),
  /** The sums (exclusive or) of the hashes of records, bucket by bucket, below the given parents of a depth; depth 0 has the one parent 0. */
  z.strictObject({
    step: z.literal('sums'),
    hash: hashNameSchema,
    fields,
    depth: z
      .int()
      .min(0)
      .max(MAX_DEPTH - 1),
    parents: buckets.max(MAX_PARENTS),
  }),
  /** Every record of the given buckets of a depth, with its hash. */
  z.strictObject({ step: z.literal('list'), hash: hashNameSchema, fields, depth: z.int().min(1).max(MAX_DEPTH), buckets: buckets.max(MAX_LISTED) }),
  /** How records stand, field by field. */
  z.strictObject({ step: z.literal('states'), hash: hashNameSchema, fields, keys: z.array(key).min(1).max(MAX_NAMED_KEYS) }),
  /** Offers records with the next order: whole as new ones (`fields` null), or fields of one that both sides hold. */
  z.strictObject({
    step: z.literal('offer'),
    records: z
      .array(z.strictObject({ key, fields: fields.nullable() }))
      .min(1)
      .max(MAX_NAMED_KEYS),
  }),
  /** Takes back offers of records that the CRM has found to be deleted. What users did stays offered. */
  z.strictObject({ step: z.literal('withdraw'), keys: z.array(key).min(1).max(MAX_NAMED_KEYS) }),
]);

/** What the CRM asks. */
export type ReconciliationAsk = z.infer<typeof reconciliationAskSchema>;

/** How a record stands at the cloud. */
const recordStateSchema = z.strictObject({
  /** In the collection; `outside`: in its table, but not of the collection. */
  place: z.enum(['present', 'outside', 'absent']),
  /** Hash of each field, in the order asked for; null for NULL. Empty where it is not present. */
  hashes: z.array(hashText.nullable()),
  /** Its users changed it, and no receipt of the CRM covers that. */
  pending: z.boolean(),
  /** It is offered to the CRM with the next order, without a change of its users. */
  offered: z.boolean(),
  /** A forward window's version of it was set aside. */
  setAside: z.boolean(),
  /** The last that its users did with it as a whole was to delete it. */
  deleted: z.boolean(),
});

/** How a record stands at the cloud. */
export type CloudRecordState = z.infer<typeof recordStateSchema>;

/** What the cloud answers, by the step that was asked. */
export const reconciliationAnswerSchema = z.discriminatedUnion('step', [
  z.strictObject({
    step: z.literal('negotiate'),
    hash: hashNameSchema,
    /** Hash of PROBE by that name. */
    probe: hashText,
    /** Fields that this cloud holds; `type` is that of its column, null where that has no meaning for the CRM. */
    fields: z.array(z.strictObject({ name: fieldNameSchema, type: z.string().max(128).nullable() })),
  }),
  z.strictObject({
    step: z.literal('sums'),
    records: count,
    /** 8 bytes a bucket, big-endian, parent by parent, base64url. */
    sums: z.string().regex(/^[A-Za-z0-9_-]*$/),
  }),
  z.strictObject({ step: z.literal('list'), records: z.array(z.strictObject({ key, hash: hashText })).max(MAX_LISTED) }),
  z.strictObject({ step: z.literal('states'), states: z.array(recordStateSchema).max(MAX_NAMED_KEYS) }),
  z.strictObject({ step: z.literal('offer'), offered: count }),
  z.strictObject({ step: z.literal('withdraw'), withdrawn: count }),
]);

/** What the cloud answers. */
export type ReconciliationAnswer = z.infer<typeof reconciliationAnswerSchema>;

/** The answer to one step. */
export type AnswerTo<S extends ReconciliationAsk['step']> = Extract<ReconciliationAnswer, { step: S }>;

/** Asks the cloud; the answer is verified. Throws the cloud's own errors by their code. */
export type AskCloud = <A extends ReconciliationAsk>(ask: A) => Promise<AnswerTo<A['step']>>;

/** What both sides hash to see whether a built-in hash is the same: an empty text, one outside of ASCII, and NULL. */
export const PROBE: readonly (string | null)[] = ['tidegate', '', null, 'Ω', 'a,"b'];

const linkClaims = commonClaimsSchema.extend(linkIdentitySchema.shape);

/** The CRM's signed question about one collection. */
export const reconciliationClaimsSchema = linkClaims.extend({
  collection: nameSchema,
  generation: z.int().positive(),
  schemaHash: z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'SHA-256 in base64url'),
  ask: reconciliationAskSchema,
});

/** The cloud's signed answer. */
export const reconciliationAnswerClaimsSchema = linkClaims.extend({
  collection: nameSchema,
  /** `jti` of the question. */
  request: z.uuid(),
  answer: reconciliationAnswerSchema,
});

/**
 * What is wrong with a record. `missing`: the cloud does not have it; `deleted-at-cloud`: the same, and its users deleted it;
 * `extra`: the CRM does not have it; `deleted-at-crm`: the same, and the CRM's log shows the delete; `out-of-scope`: it left the
 * filter of a collection that retracts such records; `altered`: fields differ.
 */
export const differenceKindSchema = z.enum(['missing', 'deleted-at-cloud', 'extra', 'deleted-at-crm', 'out-of-scope', 'altered']);

/** What is wrong with a record. */
export type DifferenceKind = z.infer<typeof differenceKindSchema>;

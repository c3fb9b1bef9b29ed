import { z } from 'zod';
import { commonClaimsSchema } from './claims.ts';
import { fieldNameSchema, linkIdentitySchema, nameSchema } from './names.ts';

/**
 * What a release allows (rule 5): `retry` and `edit` write a record that was set aside, `restore` a value that lost a conflict
 * or a third one, `approve` a window that waited for approval, `undo` what records were before a run, `erase` deletes a record
 * that is erased.
 */
export const releaseActSchema = z.enum(['retry', 'edit', 'restore', 'approve', 'undo', 'erase']);

/** `retry`, `edit`, `restore`, `approve`, `undo` or `erase`. */
export type ReleaseAct = z.infer<typeof releaseActSchema>;

const key = z.array(z.string()).min(1);

/** What a release allows to be written into one collection: the guard of the CRM's database holds the writer to it. */
export const releaseOrderSchema = z.strictObject({
  collection: nameSchema,
  /** Fields that may be written; empty for a delete. */
  fields: z.array(fieldNameSchema),
  operations: z.array(z.enum(['I', 'U', 'D'])).min(1),
  /** Keys of the records on the wire; null for a window that waited for approval: its digest names them. */
  keys: z.array(key).min(1).nullable(),
  /** Keys as the CRM's table has them; null where records get their keys when they are written. */
  localKeys: z.array(key).min(1).nullable(),
});

/** What a release allows to be written into one collection. */
export type ReleaseOrder = z.infer<typeof releaseOrderSchema>;

/**
 * A release: the CRM's signed permission to write into the CRM after a message was accepted. It names what it is about, the
 * digest of what is to be written, who decided and why. `jti` is its id; it is used once. Made and verified at the CRM only.
 */
export const releaseClaimsSchema = commonClaimsSchema.extend(linkIdentitySchema.shape).extend({
  act: releaseActSchema,
  /** Id of the row that it is about: quarantine (retry, edit), conflict (restore), approval (approve), undo (undo), erasure (erase). */
  subject: z.int().positive(),
  /** SHA-256 of the canonical JSON of what is to be written, base64url. */
  content: z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'SHA-256 in base64url'),
  by: z.string().min(1).max(200),
  reason: z.string().min(1).max(1000),
  orders: z.array(releaseOrderSchema).min(1),
});

/** Claims of a release. */
export type ReleaseClaims = z.infer<typeof releaseClaimsSchema>;

/** What became of a release that was applied; the CRM's own value may have won again (`conflicted`). */
export type ReleaseOutcome = 'applied' | 'unchanged' | 'conflicted';

import { z } from 'zod';
import { authoritySchema, conflictRuleSchema, referenceSchema } from '../exchange/collection.ts';
import { fieldNameSchema, nameSchema } from '../exchange/names.ts';

/** A field: the column's name alone, or with who may change it and how its values translate. */
const fieldConfigSchema = z.union([
  z
    .string()
    .min(1)
    .transform((column) => ({ column })),
  z.strictObject({
    column: z.string().min(1),
    /** Who may change the field after its record exists. Default: the collection's `authority`. */
    authority: authoritySchema.optional(),
    /** What becomes of it where both sides changed it. Default: the collection's `conflicts`. */
    conflicts: conflictRuleSchema.optional(),
    /** Reversible translation: value on the wire -> value in the CRM's column. Both sides of it must be unique. */
    enumeration: z
      .record(z.string(), z.string())
      .refine((e) => new Set(Object.values(e)).size === Object.keys(e).length, 'two wire values share one column value: not reversible')
      .optional(),
  }),
]);

/** A collection as the CRM's engineer declares it: one table of the CRM that is kept in step with the cloud. */
export const collectionConfigSchema = z
  .strictObject({
    name: nameSchema,
    /** `schema.table` in the CRM's database. */
    table: z.string().regex(/^[^.]+\.[^.]+$/, 'schema.table'),
    /** Fields that form the key: the table's primary key, in its order. */
    key: z.array(fieldNameSchema).min(1),
    /** Field on the wire -> column of the table. Columns that are not named stay in the CRM. */
    fields: z.record(fieldNameSchema, fieldConfigSchema),
    /** Default authority of the fields. Default `either`. */
    authority: authoritySchema.default('either'),
    /**
     * Where both sides changed a field, or one edited what the other deleted: `crm-wins` (default), `cloud-wins`, or `review` (the
     * CRM's value stands until a user has decided).
     */
    conflicts: conflictRuleSchema.default('crm-wins'),
    /** Columns with a fixed value: rows with another value are outside the collection; rows from the cloud get it. */
    constants: z.record(z.string(), z.string()).default({}),
    /** Rows that belong to the collection, as an SQL condition, and the columns it reads. Default: all rows. */
    filter: z.strictObject({ sql: z.string().min(1), columns: z.array(z.string()).min(1) }).optional(),
    /** What becomes of the cloud's copy when a row leaves the filter. Default `keep`. */
    outOfScope: z.enum(['keep', 'retract']).default('keep'),
    /** Parents: they are sent first, and their tombstones last. */
    references: z.array(referenceSchema).default([]),
    /** Greatest number of deletes in one window (forward) or under one message (reverse). Default 1,000 each. */
    deleteBudget: z.strictObject({ forward: z.int().nonnegative().default(1000), reverse: z.int().nonnegative().default(1000) }).prefault({}),
    /** Greatest share of the records that one window (forward) or message (reverse) may change. Default 1: no limit. */
    changeShare: z.strictObject({ forward: z.number().min(0).max(1).default(1), reverse: z.number().min(0).max(1).default(1) }).prefault({}),
    identity: z
      .discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('shared') }),
        z.strictObject({ kind: z.literal('linked'), match: z.array(fieldNameSchema) }),
      ])
      .default({ kind: 'shared' }),
  })
  .superRefine((collection, context) => {
    const fields = new Set(Object.keys(collection.fields));
    const need = (path: (string | number)[], name: string) => {
      if (!fields.has(name)) context.addIssue({ code: 'custom', path, message: `"${name}" is not one of the fields` });
    };
    collection.key.forEach((name, i) => need(['key', i], name));
    collection.references.forEach((reference, i) => reference.fields.forEach((name, j) => need(['references', i, 'fields', j], name)));
    if (collection.identity.kind === 'linked') collection.identity.match.forEach((name, i) => need(['identity', 'match', i], name));
    const columns = Object.values(collection.fields).map((f) => f.column);
    for (const column of columns) {
      if (columns.indexOf(column) !== columns.lastIndexOf(column))
        context.addIssue({ code: 'custom', path: ['fields'], message: `column "${column}" is mapped twice` });
      if (Object.hasOwn(collection.constants, column))
        context.addIssue({ code: 'custom', path: ['constants', column], message: 'a constant column cannot be mapped to a field' });
    }
  });

/** What an engineer writes. */
export type CollectionConfigInput = z.input<typeof collectionConfigSchema>;

/** A collection's configuration with its defaults filled in. */
export type CollectionConfig = z.output<typeof collectionConfigSchema>;

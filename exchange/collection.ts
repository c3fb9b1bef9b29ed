import { z } from 'zod';
import { fieldNameSchema, nameSchema } from './names.ts';

/**
 * Who may change a field after its record exists: the CRM (cloud changes never enter), the cloud (CRM changes
 * never leave), or either (merged by field).
 */
export const authoritySchema = z.enum(['crm', 'cloud', 'either']);

/** `crm`, `cloud` or `either`. */
export type Authority = z.infer<typeof authoritySchema>;

/** A field as both sides agree on it. */
export const fieldDefinitionSchema = z.strictObject({
  name: fieldNameSchema,
  /** PostgreSQL's name of the type at the CRM (`format_type`), whose text form under WIRE_SETTINGS travels. */
  type: z.string().min(1).max(128),
  nullable: z.boolean(),
  authority: authoritySchema,
  /** The other side holds ciphertext of the CRM alone (exchange/sealed.ts): its type is then text, its authority the CRM. */
  sealed: z.literal(true).optional(),
});

/** A field as both sides agree on it. */
export type FieldDefinition = z.infer<typeof fieldDefinitionSchema>;

/** Fields that hold the key of a record in a parent collection. */
export const referenceSchema = z.strictObject({ fields: z.array(fieldNameSchema).min(1), collection: nameSchema });

/** Fields that hold the key of a parent record. */
export type Reference = z.infer<typeof referenceSchema>;

/**
 * What both sides agree on for a collection: it is registered, signed, before a window is sent; its hash stands in
 * every manifest (rule 11). Fields keep their order: it is the order of columns on the wire.
 */
export const collectionDefinitionSchema = z.strictObject({
  name: nameSchema,
  /** Names of the fields that form the key, in order. Key fields never change; a changed key is a delete and an insert. */
  key: z.array(fieldNameSchema).min(1).max(8),
  fields: z.array(fieldDefinitionSchema).min(1).max(400),
  references: z.array(referenceSchema).max(32),
});

/** What both sides agree on for a collection. */
export type CollectionDefinition = z.infer<typeof collectionDefinitionSchema>;

/**
 * What becomes of a field that both sides changed to different values, and of a record that one side edited while the other
 * deleted it: the CRM's stands, the cloud's is taken, or the CRM's stands until a user has decided. The loser is always kept.
 */
export const conflictRuleSchema = z.enum(['crm-wins', 'cloud-wins', 'review']);

/** `crm-wins`, `cloud-wins` or `review`. */
export type ConflictRule = z.infer<typeof conflictRuleSchema>;

/** How one field lives in a store's table. */
export const columnBindingSchema = z.strictObject({
  field: fieldNameSchema,
  column: z.string().min(1).max(63),
  /** Reversible translation: value on the wire -> value in this store. Values not listed are quarantined as value-invalid. */
  enumeration: z.record(z.string(), z.string()).optional(),
  /** At the CRM: rule for this field. Default: the collection's. */
  conflicts: conflictRuleSchema.optional(),
});

/** How one field lives in a store's table. */
export type ColumnBinding = z.infer<typeof columnBindingSchema>;

/** What the users of one database role of the CRM's application may do with a table's records and columns. */
const accessRuleSchema = z.strictObject({
  role: z.string().min(1).max(63),
  /** SQL conditions on the table's columns: which records they may read, and which they may write. */
  read: z.string().min(1),
  write: z.string().min(1),
  /** Columns that they do not see; and that they see and do not write. */
  hidden: z.array(z.string()),
  readOnly: z.array(z.string()),
});

/** What the users of one database role may do with a table. */
export type AccessRule = z.infer<typeof accessRuleSchema>;

/** How a collection lives in one store: which table, which columns, which rows. */
export const tableBindingSchema = z.strictObject({
  collection: nameSchema,
  schema: z.string().min(1).max(63),
  table: z.string().min(1).max(63),
  columns: z.array(columnBindingSchema).min(1),
  /** Columns with a fixed value: written on insert; rows with another value are outside the collection. */
  constants: z.record(z.string(), z.string()),
  /** Column that holds the tenant; part of the primary key at the cloud, absent at the CRM. */
  tenantColumn: z.string().optional(),
  /** SQL condition on the table's columns for rows that belong to the collection, and the columns that it reads. */
  filter: z.strictObject({ sql: z.string().min(1), columns: z.array(z.string()).min(1) }).optional(),
  /** At the CRM: SQL condition for private rows. They never leave; a row that becomes private is retracted, whatever `outOfScope` says. */
  private: z.strictObject({ sql: z.string().min(1), columns: z.array(z.string()).min(1) }).optional(),
  /** At the CRM: rules for the application's own users, one a database role; PostgreSQL enforces them. */
  access: z.array(accessRuleSchema).optional(),
  /** What happens to the other store's copy when a row leaves the filter: keep it (default) or retract it by a tombstone. */
  outOfScope: z.enum(['keep', 'retract']),
  /** At the CRM, which alone settles conflicts: rule for records, and default of the fields. Default `crm-wins`. */
  conflicts: conflictRuleSchema.optional(),
  /**
   * `shared`: the table's key is the key on the wire. `linked`: the store makes keys of its own, and record_link translates;
   * `match` names fields by which existing records are paired.
   */
  identity: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('shared') }),
    z.strictObject({ kind: z.literal('linked'), match: z.array(fieldNameSchema) }),
  ]),
});

/** How a collection lives in one store. */
export type TableBinding = z.infer<typeof tableBindingSchema>;

/** Fields of a definition that the given side may change after a record exists. Key fields are not among them. */
export function changeableFields(definition: CollectionDefinition, side: 'crm' | 'cloud'): readonly string[] {
  return definition.fields.filter((f) => !definition.key.includes(f.name) && (f.authority === 'either' || f.authority === side)).map((f) => f.name);
}

/** Names of the fields that leave the CRM as ciphertext only. */
export function sealedFields(definition: CollectionDefinition): readonly string[] {
  return definition.fields.filter((f) => f.sealed === true).map((f) => f.name);
}

/** Fields that a reverse message may order: those that the cloud may change, and sealed ones, which come back with a record that the CRM lost. */
export function returningFields(definition: CollectionDefinition): readonly string[] {
  const changeable = changeableFields(definition, 'cloud');
  return changeable.length === 0 ? [] : [...changeable, ...sealedFields(definition)];
}

/** The rule for conflicts about a field; without one, about a record that one side edited and the other deleted. */
export function conflictRule({ columns, conflicts = 'crm-wins' }: TableBinding, field?: string): ConflictRule {
  return columns.find((column) => column.field === field)?.conflicts ?? conflicts;
}

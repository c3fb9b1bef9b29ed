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
    column: z.string().min(1).meta({ description: 'Column of the table.' }),
    authority: authoritySchema.optional().meta({ description: 'Who may change the field after its record exists; else as the collection says.' }),
    conflicts: conflictRuleSchema.optional().meta({ description: 'What becomes of it where both sides changed it; else as the collection says.' }),
    sealed: z.boolean().optional().meta({
      description: 'Whether it leaves the CRM as ciphertext only; it then belongs to the CRM ([sealed fields](sealed.md)).',
      cost: 'Rows of the collection are parsed on their way, and each value is kept sealed at the CRM too.',
    }),
    enumeration: z
      .record(z.string(), z.string())
      .refine((e) => new Set(Object.values(e)).size === Object.keys(e).length, 'two wire values share one column value: not reversible')
      .optional()
      .meta({
        description: 'Translation: value on the wire to value in the column. No two may share a column value; a value that is not listed is set aside.',
      }),
  }),
]);

const reach = z.union([z.enum(['all', 'own', 'none']), z.strictObject({ sql: z.string().min(1) })]);

/** Rules for the users of the CRM's application. */
const accessConfigSchema = z.strictObject({
  owner: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'Column that holds the owner of a record, as the application names its user in the setting `tidegate.user`.' }),
  rules: z
    .array(
      z.strictObject({
        role: z
          .string()
          .regex(/^(?!tidegate_)[^\0]{1,63}$/, "a database role of the application, none of Tidegate's")
          .meta({ description: "Database role of users of the CRM's application." }),
        read: reach.default('all').meta({ description: 'Records that they may read: `all`, `own`, `none`, or those of a condition in SQL.' }),
        write: reach.default('none').meta({ description: 'Records that they may make, change and delete.' }),
        hidden: z.array(z.string().min(1)).default([]).meta({ description: 'Columns that they do not see.' }),
        readOnly: z.array(z.string().min(1)).default([]).meta({ description: 'Columns that they see and do not write.' }),
      }),
    )
    .min(1)
    .meta({ description: 'One for each role; all other roles keep what they may.' }),
});

const share = z.number().min(0).max(1).default(1);
const budget = z.int().nonnegative().default(1000);

/** A collection as the CRM's engineer declares it: one table of the CRM that is kept in step with the cloud. */
export const collectionConfigSchema = z
  .strictObject({
    name: nameSchema.meta({ description: 'Name on the wire.' }),
    table: z
      .string()
      .regex(/^[^.]+\.[^.]+$/, 'schema.table')
      .meta({ description: "`schema.table` in the CRM's database." }),
    key: z.array(fieldNameSchema).min(1).meta({ description: "Fields that form the key: the table's primary key, in its order." }),
    fields: z
      .record(fieldNameSchema, fieldConfigSchema)
      .meta({ description: 'Field on the wire to column of the table, or to [more](#a-field). Columns that are not named stay in the CRM.' }),
    authority: authoritySchema.default('either').meta({ description: 'Who may change fields: only the CRM, only the cloud, or either (merged by field).' }),
    conflicts: conflictRuleSchema.default('crm-wins').meta({
      description:
        "Where both sides changed a field, or one edited what the other deleted: `crm-wins`, `cloud-wins`, or `review` (the CRM's value stands until a user has decided).",
    }),
    constants: z
      .record(z.string(), z.string())
      .default({})
      .meta({ description: 'Columns with a fixed value: rows with another value are outside; rows from the cloud get it.' }),
    filter: z
      .strictObject({
        sql: z.string().min(1).meta({ description: 'Condition in SQL over the columns of the row.' }),
        columns: z.array(z.string()).min(1).meta({ description: 'Columns that the condition reads.' }),
      })
      .optional()
      .meta({
        description: 'Which rows belong to the collection; without it, all. Where it changes, the records that enter or leave go with the next window.',
        cost: 'The condition is evaluated for every changed row; where it changes, the whole table is read once.',
      }),
    private: z
      .strictObject({
        sql: z.string().min(1).meta({ description: 'Condition in SQL over the columns of the row; where it is unknown (null), the row counts as private.' }),
        columns: z.array(z.string()).min(1).meta({ description: 'Columns that the condition reads.' }),
      })
      .optional()
      .meta({
        description: "Which rows are private: they never leave, and where a row becomes private, the cloud's copy is deleted, whatever `outOfScope` says.",
        cost: 'The condition is evaluated for every changed row.',
      }),
    access: accessConfigSchema.optional().meta({
      description:
        "Rules for the users of the CRM's application, which `attach` writes into the database as grants and row level security ([access](access.md)).",
      cost: "The rule's condition is evaluated for every row that these users touch.",
    }),
    outOfScope: z
      .enum(['keep', 'retract'])
      .default('keep')
      .meta({ description: "What becomes of the cloud's copy when a row leaves the filter: it stays, or is deleted there." }),
    references: z
      .array(
        z.strictObject({
          fields: referenceSchema.shape.fields.meta({ description: 'Fields that hold the key of the parent.' }),
          collection: referenceSchema.shape.collection.meta({ description: "The parent's collection." }),
        }),
      )
      .default([])
      .meta({ description: 'Parents: they are sent first, and their tombstones last.' }),
    deleteBudget: z
      .strictObject({
        forward: budget.meta({
          description: 'Greatest number of deletes in one window.',
          unit: 'deletes',
          cost: 'More: a mistake in the CRM deletes more in the cloud.',
        }),
        reverse: budget.meta({
          description: 'Greatest number of deletes under one message.',
          unit: 'deletes',
          cost: 'More: a mistake in the cloud deletes more in the CRM.',
        }),
      })
      .prefault({})
      .meta({ description: 'Beyond it the collection stops and asks.' }),
    changeShare: z
      .strictObject({
        forward: share.meta({
          description: 'Greatest share of the records that one window may change; 1 sets no limit.',
          cost: 'More: a mistake in the CRM changes more in the cloud.',
        }),
        reverse: share.meta({
          description: 'Greatest share of the records that one message may change; 1 sets no limit.',
          cost: 'More: a mistake in the cloud changes more in the CRM.',
        }),
      })
      .prefault({})
      .meta({ description: 'Beyond it the collection stops and asks.' }),
    approval: z
      .strictObject({
        firstLoad: z.boolean().default(false).meta({ description: 'Whether a first load waits for approval.' }),
        reconnect: z
          .boolean()
          .default(false)
          .meta({ description: 'Whether the load after an approved reload waits for approval too, collection by collection.' }),
        breach: z.boolean().default(true).meta({
          description: 'Whether a user is asked about what exceeds a budget; `false`: it is refused at once, and the collection stays stopped.',
        }),
      })
      .prefault({})
      .meta({ description: 'What waits for a user. A TRUNCATE always does.' }),
    identity: z
      .discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('shared') }),
        z.strictObject({ kind: z.literal('linked'), match: z.array(fieldNameSchema) }),
      ])
      .default({ kind: 'shared' })
      .meta({ description: '`shared`: both sides hold the same key. `linked`: each makes its own, and records are paired by the `match` fields.' }),
  })
  .superRefine((collection, context) => {
    const fields = new Set(Object.keys(collection.fields));
    const need = (path: (string | number)[], name: string) => {
      if (!fields.has(name)) context.addIssue({ code: 'custom', path, message: `"${name}" is not one of the fields` });
    };
    collection.key.forEach((name, i) => need(['key', i], name));
    collection.references.forEach((reference, i) => reference.fields.forEach((name, j) => need(['references', i, 'fields', j], name)));
    if (collection.identity.kind === 'linked') collection.identity.match.forEach((name, i) => need(['identity', 'match', i], name));
    const roles = collection.access?.rules.map(({ role }) => role) ?? [];
    collection.access?.rules.forEach(({ role, read, write }, i) => {
      if (roles.indexOf(role) !== i) context.addIssue({ code: 'custom', path: ['access', 'rules', i, 'role'], message: `"${role}" has two rules` });
      if (collection.access?.owner === undefined && (read === 'own' || write === 'own'))
        context.addIssue({ code: 'custom', path: ['access', 'owner'], message: "'own' needs the column of the owner" });
    });
    for (const path of sealingFaults(collection)) context.addIssue({ code: 'custom', ...path });
    const columns = Object.values(collection.fields).map((f) => f.column);
    for (const column of columns) {
      if (columns.indexOf(column) !== columns.lastIndexOf(column))
        context.addIssue({ code: 'custom', path: ['fields'], message: `column "${column}" is mapped twice` });
      if (Object.hasOwn(collection.constants, column))
        context.addIssue({ code: 'custom', path: ['constants', column], message: 'a constant column cannot be mapped to a field' });
    }
  });

interface SealingParts {
  readonly fields: Readonly<Record<string, { readonly column: string; readonly authority?: string | undefined; readonly sealed?: boolean | undefined }>>;
  readonly key: readonly string[];
  readonly references: readonly { readonly fields: readonly string[] }[];
  readonly identity: { readonly kind: string; readonly match?: readonly string[] };
  readonly filter?: unknown;
  readonly constants: Readonly<Record<string, string>>;
  readonly outOfScope: string;
}

/** What keeps fields from being sealed: others have to read them, or their copies could not be kept up to date. */
function sealingFaults({ fields, key, references, identity, filter, constants, outOfScope }: SealingParts) {
  const sealed = Object.entries(fields).filter(([, config]) => config.sealed === true);
  const read = [...key, ...references.flatMap((reference) => reference.fields), ...(identity.match ?? [])];
  const scoped = filter !== undefined || Object.keys(constants).length > 0;
  return [
    ...sealed.flatMap(([name, { authority }]) => [
      ...(read.includes(name) ? [{ path: ['fields', name, 'sealed'], message: 'a field of the key, of a reference or of the match cannot be sealed' }] : []),
      ...(authority !== undefined && authority !== 'crm' ? [{ path: ['fields', name, 'authority'], message: 'a sealed field belongs to the CRM' }] : []),
    ]),
    ...(sealed.length > 0 && scoped && outOfScope !== 'retract'
      ? [{ path: ['outOfScope'], message: "with sealed fields it has to be 'retract': a copy that stays behind would keep its old key" }]
      : []),
  ];
}

/** What an engineer writes. */
export type CollectionConfigInput = z.input<typeof collectionConfigSchema>;

/** A collection's configuration with its defaults filled in. */
export type CollectionConfig = z.output<typeof collectionConfigSchema>;

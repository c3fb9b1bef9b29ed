import { z } from 'zod';
import { fieldNameSchema, linkIdentitySchema, nameSchema } from '../exchange/names.ts';

const reach = z.union([z.enum(['all', 'own', 'none']), z.strictObject({ sql: z.string().min(1) })]);

/** Rules for one collection of one tenant. Descriptions become docs/configuration.md. */
const cloudAccessSchema = z
  .strictObject({
    tenant: linkIdentitySchema.shape.tenant.meta({ description: 'Whose records; the employees of a tenant with rules work in database roles of their own.' }),
    collection: nameSchema.meta({ description: 'Name of the collection; without rules, its editors read and write all records, and its readers read them.' }),
    owner: z
      .string()
      .min(1)
      .optional()
      .meta({ description: "Field, or column of the application's table, that holds the e-mail address of the employee whose record it is." }),
    rules: z
      .array(
        z.strictObject({
          role: z.enum(['editor', 'reader']).meta({ description: 'Kind of employee.' }),
          read: reach
            .default('all')
            .meta({ description: "Records that they may read: `all`, `own`, `none`, or those of a condition in SQL on the table's columns." }),
          write: reach.default('none').meta({ description: 'Records that they may make, change and delete; a reader writes none.' }),
          hidden: z.array(fieldNameSchema).default([]).meta({ description: 'Fields that they do not see.' }),
          readOnly: z
            .array(fieldNameSchema)
            .default([])
            .meta({ description: 'Fields that they see and do not write, beyond those that the CRM keeps to itself.' }),
        }),
      )
      .min(1)
      .max(2)
      .meta({ description: 'One for each kind of employee.' }),
  })
  .superRefine(({ owner, rules }, context) => {
    const issue = (path: (string | number)[], message: string): void => context.addIssue({ code: 'custom', path, message });
    rules.forEach(({ role, read, write }, i) => {
      if (rules.findIndex((rule) => rule.role === role) !== i) issue(['rules', i, 'role'], `"${role}" has two rules`);
      if (owner === undefined && (read === 'own' || write === 'own')) issue(['owner'], "'own' needs the owner's field or column");
      if (role === 'reader' && write !== 'none') issue(['rules', i, 'write'], 'a reader writes nothing');
    });
  });

/** The third party's configuration: `tidegate.cloud.config.ts` exports it by default. */
export const cloudConfigSchema = z
  .strictObject({
    access: z.array(cloudAccessSchema).default([]).meta({
      description: "Rules for the third party's own users, which provisioning and registrations write into its database ([access](access.md)).",
    }),
  })
  .superRefine(({ access }, context) => {
    const names = access.map(({ tenant, collection }) => `${tenant}/${collection}`);
    names.forEach((name, i) => {
      if (names.indexOf(name) !== i) context.addIssue({ code: 'custom', path: ['access', i], message: `"${name}" has two entries` });
    });
  });

/** The third party's configuration with its defaults filled in. */
export type CloudConfig = z.output<typeof cloudConfigSchema>;

/** What an engineer of the third party writes. */
export type CloudConfigInput = z.input<typeof cloudConfigSchema>;

/** Gives the configuration file its types; nothing is checked here (loadCloudConfig checks and lists every fault). */
export function defineCloudConfig(config: CloudConfigInput): CloudConfigInput {
  return config;
}

import { z } from 'zod';

/** Name of a tenant, environment, link or collection: lower case, digits, hyphen or underscore. */
export const nameSchema = z.string().regex(/^[a-z][a-z0-9_-]{0,62}$/, 'lower-case letters, digits, - and _, beginning with a letter, at most 63');

/** Name of a field on the wire. */
export const fieldNameSchema = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,62}$/, 'letters, digits and _, at most 63');

/** Which link of which tenant in which environment (rule 20: stands in every control row and message). */
export const linkIdentitySchema = z.strictObject({ tenant: nameSchema, environment: nameSchema, link: nameSchema });

/** Tenant, environment and link. */
export type LinkIdentity = z.infer<typeof linkIdentitySchema>;

/** The full name of a link as it stands in control rows, paths and workflow ids: `tenant/environment/link`. */
export type LinkName = `${string}/${string}/${string}`;

/** The full name of a link. */
export function linkName({ tenant, environment, link }: LinkIdentity): LinkName {
  return `${tenant}/${environment}/${link}`;
}

/** The parts of a full link name. Throws a ZodError if the text is none. */
export function parseLinkName(name: string): LinkIdentity {
  const [tenant, environment, link, ...rest] = name.split('/');
  return linkIdentitySchema.parse({ tenant, environment, link: rest.length === 0 ? link : undefined });
}

/** The two ways of synchronisation: `forward` carries CRM changes to the cloud, `reverse` ordered cloud changes to the CRM. */
export const directionSchema = z.enum(['forward', 'reverse']);

/** `forward` or `reverse`. */
export type Direction = z.infer<typeof directionSchema>;

/** The two stores. */
export const sideSchema = z.enum(['crm', 'cloud']);

/** `crm` or `cloud`. */
export type Side = z.infer<typeof sideSchema>;

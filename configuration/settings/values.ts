import { z } from 'zod';

/* Forms of values that several settings share. */

/** A port to listen on; 0 takes any free one. */
export const port = z.coerce.number().int().min(0).max(65_535);

/** URL of a PostgreSQL database. */
export const postgresUrl = z.string().regex(/^postgres(ql)?:\/\//, 'a postgresql:// URL');

/** URL of a database role, with its password. */
export const roleUrl = (role: string, whatFor: string) => postgresUrl.meta({ description: `URL of the database role \`${role}\`: ${whatFor}.`, secret: true });

/** URL of something that is reached over http or https. */
export const webUrl = z.url({ protocol: /^https?$/, error: 'an http:// or https:// URL' });

/** Path of a file that has to be there. */
export const file = (description: string) => z.string().min(1).meta({ description });

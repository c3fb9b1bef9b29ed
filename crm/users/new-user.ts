import { newAccountSchema } from '../../web/sign-in/account-endpoints.ts';
import { roleSchema } from './roles.ts';

/** A user of the page to be added, whoever adds it: the page's administrator or the command line. */
export const newUserSchema = newAccountSchema(roleSchema);

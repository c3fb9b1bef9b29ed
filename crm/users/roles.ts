import { z } from 'zod';

/**
 * What a user may do: `user` works with records, `integration-admin` also pauses, resumes, decides and administers users,
 * `auditor` only reads.
 */
export const roleSchema = z.enum(['user', 'integration-admin', 'auditor']);

/** `user`, `integration-admin` or `auditor`. */
export type Role = z.infer<typeof roleSchema>;

/** A person who is signed in. */
export interface SignedInUser {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  /** The password was given by an administrator: nothing else is allowed before it is changed. */
  readonly mustChangePassword: boolean;
}

/** What a request may need of its user. */
export const PERMISSIONS = {
  read: ['user', 'integration-admin', 'auditor'],
  write: ['user', 'integration-admin'],
  synchronise: ['user', 'integration-admin'],
  govern: ['integration-admin'],
  audit: ['integration-admin', 'auditor'],
  'read-users': ['integration-admin', 'auditor'],
  'administer-users': ['integration-admin'],
} as const satisfies Record<string, readonly Role[]>;

/**
 * `read`, `write`, `synchronise`, `govern` (pause, resume, decide about records set aside and conflicts, revoke keys),
 * `audit` (prove the ledger, see who is believed, decode what Temporal holds), `read-users` or `administer-users`.
 */
export type Permission = keyof typeof PERMISSIONS;

/** Whether a role has a permission. */
export function may(role: Role, permission: Permission): boolean {
  return (PERMISSIONS[permission] as readonly Role[]).includes(role);
}

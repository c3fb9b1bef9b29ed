import type { Side } from '../../../exchange/names.ts';

/** Login roles of each store. None is a superuser, none bypasses row level security, none owns an application's tables. */
export const STORE_ROLES = {
  crm: ['tidegate_consumer', 'tidegate_reverse', 'tidegate_verifier', 'tidegate_crm_keeper', 'crm_page'],
  cloud: ['tidegate_producer', 'tidegate_registrar', 'tidegate_cloud_keeper', 'cloud_user', 'cloud_page'],
} as const satisfies Record<Side, readonly string[]>;

/**
 * Roles without login that the sample CRM's page takes on for one transaction, in the name of a user: one for each kind of user
 * (crm/users/roles.ts). Rules of access name them.
 */
export const PAGE_USER_ROLES = ['crm_user', 'crm_admin', 'crm_auditor'] as const;

/** A role that the page takes on. */
export type PageUserRole = (typeof PAGE_USER_ROLES)[number];

/** A login role of one side's store. */
export type StoreRole<S extends Side = Side> = (typeof STORE_ROLES)[S][number];

/** A password for each role of one side's store. */
export type RolePasswords<S extends Side = Side> = Readonly<Record<StoreRole<S>, string>>;

/** Schemas in which a role may own tables: those that it makes itself for registered collections. */
export const OWNED_SCHEMAS: Readonly<Partial<Record<StoreRole, readonly string[]>>> = { tidegate_registrar: ['records'] };

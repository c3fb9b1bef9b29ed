import type { Side } from '../../../exchange/names.ts';

/** Login roles of each store. None is a superuser, none bypasses row level security, none owns an application's tables. */
export const STORE_ROLES = {
  crm: ['tidegate_consumer', 'tidegate_reverse', 'tidegate_verifier', 'tidegate_crm_keeper', 'crm_page'],
  cloud: ['tidegate_producer', 'tidegate_registrar', 'tidegate_cloud_keeper', 'cloud_user', 'cloud_page'],
} as const satisfies Record<Side, readonly string[]>;

/** A login role of one side's store. */
export type StoreRole<S extends Side = Side> = (typeof STORE_ROLES)[S][number];

/** A password for each role of one side's store. */
export type RolePasswords<S extends Side = Side> = Readonly<Record<StoreRole<S>, string>>;

/** Schemas in which a role may own tables: those that it makes itself for registered collections. */
export const OWNED_SCHEMAS: Readonly<Partial<Record<StoreRole, readonly string[]>>> = { tidegate_registrar: ['records'] };

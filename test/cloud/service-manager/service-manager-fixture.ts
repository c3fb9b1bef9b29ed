import { Pool } from 'pg';
import { definitionHash } from '../../../adaptor/data/plan.ts';
import { createPool } from '../../../adaptor/data/pool.ts';
import { ensureChannels, setSchemaHash } from '../../../adaptor/data/state/channel.ts';
import { ensureLink } from '../../../adaptor/data/state/link.ts';
import type { Placement } from '../../../cloud/service-manager/placement.ts';
import { prepareCollection } from '../../../cloud/service-manager/register-collection.ts';
import type { CollectionDefinition, FieldDefinition } from '../../../exchange/collection.ts';
import { type LinkIdentity, linkName } from '../../../exchange/names.ts';
import { type MigratedDatabase, createMigratedDatabase } from '../../support/migrated-database.ts';

/** A cloud store with a pool for each role. */
export interface CloudStore extends AsyncDisposable {
  readonly database: MigratedDatabase<'cloud'>;
  readonly admin: Pool;
  readonly pool: Pool;
  readonly registrarPool: Pool;
  readonly employees: Pool;
  /** Registers a definition as the producer does, without its signatures. */
  register(link: LinkIdentity, definition: CollectionDefinition): Promise<Placement>;
}

/** Opens a migrated cloud store; `await using` drops it. */
export async function openCloudStore(): Promise<CloudStore> {
  const database = await createMigratedDatabase('cloud');
  const admin = new Pool({ connectionString: database.adminUrl, max: 2 });
  admin.on('error', () => undefined);
  const [pool, registrarPool, employees] = (['tidegate_producer', 'tidegate_registrar', 'cloud_user'] as const).map((role) =>
    createPool(database.urls[role], { applicationName: `test ${role}`, maxConnections: 3 }),
  ) as [Pool, Pool, Pool];
  return {
    database,
    admin,
    pool,
    registrarPool,
    employees,
    register: async (link, definition) => {
      const placement = await prepareCollection({ pool, registrarPool }, link, definition);
      const [name, hash] = [linkName(link), definitionHash(definition)];
      await ensureLink(pool, link);
      await ensureChannels(pool, name, [definition.name]);
      await pool.query(
        `INSERT INTO tidegate.registration (link, collection, hash, definition, jws) VALUES ($1, $2, $3, $4::jsonb, 'test') ON CONFLICT DO NOTHING`,
        [name, definition.name, hash, JSON.stringify(definition)],
      );
      await setSchemaHash(pool, name, definition.name, hash);
      return placement;
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([admin, pool, registrarPool, employees].map((each) => each.end()));
      await database.drop();
    },
  };
}

export const LINK: LinkIdentity = { tenant: 'acme', environment: 'test', link: 'hub' };
export const OTHER_LINK: LinkIdentity = { tenant: 'globex', environment: 'test', link: 'hub' };

/** A field that either side may change, where nothing else is said. */
export function field(name: string, type = 'text', changed: Partial<FieldDefinition> = {}): FieldDefinition {
  return { name, type, nullable: true, authority: 'either', ...changed };
}

/** Contacts with the fields that the tests look at. */
export const CONTACTS: CollectionDefinition = {
  name: 'contacts',
  key: ['id'],
  fields: [field('id', 'uuid', { nullable: false }), field('givenName'), field('familyName'), field('company', 'text', { authority: 'crm' }), field('note')],
  references: [],
};

/** Products: a collection of plain records. */
export const PRODUCTS: CollectionDefinition = {
  name: 'products',
  key: ['product'],
  fields: [
    field('product', 'character varying(40)', { nullable: false }),
    field('series', 'text', { nullable: false }),
    field('price', 'numeric(12,2)', { authority: 'crm' }),
    field('tags', 'text[]'),
    field('state', 'crm.product_state'),
  ],
  references: [],
};

/** Sales of products: children. */
export const SALES: CollectionDefinition = {
  name: 'sales',
  key: ['id'],
  fields: [field('id', 'bigint', { nullable: false }), field('product', 'character varying(40)'), field('amount', 'integer')],
  references: [{ fields: ['product'], collection: 'products' }],
};

import type { Pool } from 'pg';
import { attachTable } from '../../adaptor/data/capture/attach.ts';
import { controlRows } from '../../adaptor/data/control-rows.ts';
import { describeCollection } from '../../adaptor/data/describe-collection.ts';
import { requireTableShape } from '../../adaptor/data/introspection.ts';
import { type CollectionPlan, makePlan } from '../../adaptor/data/plan.ts';
import { ensureChannels } from '../../adaptor/data/state/channel.ts';
import { ensureLink } from '../../adaptor/data/state/link.ts';
import type { ReverseOrder } from '../../exchange/claims.ts';
import type { TableBinding } from '../../exchange/collection.ts';
import { type AppStore, type SourceInput, TEST_LINK, createAppStore, sourceOf } from './captured-table.ts';
import { linkName } from '../../exchange/names.ts';

/** A collection that both stores hold: its table at each, made as given, in the schema `app`. */
export interface TwoStoresOptions {
  /** SQL that makes the CRM's tables (superuser). */
  readonly crmSql: string;
  /** SQL that makes the cloud's tables, each with the tenant's column `tenant`. */
  readonly cloudSql: string;
  /** Collections, parents first. */
  readonly collections: readonly (SourceInput & { readonly cloud?: Partial<TableBinding> })[];
}

/** Both stores with their tables captured, a link that is open, and pools for the roles that work on them. */
export interface TwoStores extends AsyncDisposable {
  readonly crm: { readonly admin: Pool; readonly consumer: Pool; readonly reverse: Pool; readonly page: Pool; readonly verifier: Pool };
  readonly cloud: { readonly admin: Pool; readonly producer: Pool; readonly user: Pool };
  readonly plans: readonly { readonly crm: CollectionPlan; readonly cloud: CollectionPlan }[];
  /** Plans of the first collection. */
  readonly crmPlan: CollectionPlan;
  readonly cloudPlan: CollectionPlan;
  /** Accepts a message, as the verifier does, and answers its id. */
  accept(orders: readonly Pick<ReverseOrder, 'collection' | 'fields' | 'operations'>[]): Promise<string>;
}

/** Makes the two stores of a test. */
export async function openTwoStores({ crmSql, cloudSql, collections }: TwoStoresOptions): Promise<TwoStores> {
  const [crmStore, cloudStore] = await Promise.all([createAppStore('crm'), createAppStore('cloud')]);
  await crmStore.admin.query(crmSql);
  await cloudStore.admin.query(cloudSql);
  await crmStore.admin.query('grant usage on schema app to crm_page; grant select, insert, update, delete on all tables in schema app to crm_page');
  await guardTenants(cloudStore);
  const plans: { crm: CollectionPlan; cloud: CollectionPlan }[] = [];
  for (const { cloud = {}, ...input } of collections) {
    const source = sourceOf(input);
    const parents = plans.map(({ crm }) => crm);
    const described = describeCollection(source, await requireTableShape(crmStore.admin, source.schema, source.table), parents);
    const crm = makePlan({ link: TEST_LINK, side: 'crm', ...described });
    const { filter: _, constants: __, private: ___, ...binding } = { ...described.binding, identity: { kind: 'shared' as const }, outOfScope: 'keep' as const };
    plans.push({
      crm,
      cloud: makePlan({
        link: TEST_LINK,
        side: 'cloud',
        definition: described.definition,
        binding: { ...binding, constants: {}, tenantColumn: 'tenant', ...cloud },
      }),
    });
  }
  for (const [store, side] of [
    [crmStore, 'crm'],
    [cloudStore, 'cloud'],
  ] as const) {
    for (const plan of plans) await attachTable(store.admin, [plan[side]]);
    await openLink(
      store,
      plans.map((plan) => plan[side]),
    );
  }
  const [first] = plans;
  if (first === undefined) throw new Error('a collection is needed');
  const pool = (store: Pick<AppStore, 'poolFor'>, url: string) => store.poolFor(url);
  const verifier = pool(crmStore, crmStore.database.urls.tidegate_verifier);
  return {
    crm: {
      admin: crmStore.admin,
      consumer: pool(crmStore, crmStore.database.urls.tidegate_consumer),
      reverse: pool(crmStore, crmStore.database.urls.tidegate_reverse),
      page: pool(crmStore, crmStore.database.urls.crm_page),
      verifier,
    },
    cloud: {
      admin: cloudStore.admin,
      producer: pool(cloudStore, cloudStore.database.urls.tidegate_producer),
      user: pool(cloudStore, cloudStore.database.urls.cloud_user),
    },
    plans,
    crmPlan: first.crm,
    cloudPlan: first.cloud,
    accept: (orders) => acceptMessage(verifier, orders),
    [Symbol.asyncDispose]: async () => {
      await crmStore[Symbol.asyncDispose]();
      await cloudStore[Symbol.asyncDispose]();
    },
  };
}

/** Tenants see their own rows only; the producer writes for the tenant that it names, and so do the cloud's users. */
async function guardTenants({ admin }: Pick<AppStore, 'admin'>): Promise<void> {
  const tables = await controlRows<{ name: string }>(
    admin,
    `select oid::regclass::text as name from pg_class where relnamespace = 'app'::regnamespace and relkind = 'r'`,
  );
  await admin.query('grant usage on schema app to tidegate_producer, cloud_user');
  for (const { name } of tables) {
    await admin.query(`grant select, insert, update, delete on ${name} to tidegate_producer, cloud_user`);
    await admin.query(`alter table ${name} enable row level security, force row level security`);
    await admin.query(`create policy tenant on ${name} using (tenant = current_setting('tidegate.tenant', true))`);
  }
  await admin.query('grant usage on all sequences in schema app to tidegate_producer, cloud_user');
}

async function openLink({ admin }: Pick<AppStore, 'admin'>, plans: readonly CollectionPlan[]): Promise<void> {
  await ensureLink(admin, TEST_LINK);
  await admin.query('update tidegate.link set epoch = 1');
  await ensureChannels(
    admin,
    linkName(TEST_LINK),
    plans.map((plan) => plan.definition.name),
  );
}

async function acceptMessage(verifier: Pool, orders: readonly Pick<ReverseOrder, 'collection' | 'fields' | 'operations'>[]): Promise<string> {
  const { rows } = await verifier.query(
    `insert into tidegate.accepted_message (message_id, link, digest, orders, expires_at) values (gen_random_uuid(), $1, 'digest', $2, now() + interval '10 minutes') returning message_id`,
    [linkName(TEST_LINK), JSON.stringify(orders.map(({ collection, fields, operations }) => ({ collection, fields, operations })))],
  );
  return (rows[0] as { message_id: string }).message_id;
}

/** Runs SQL as a user of the cloud's application. */
export async function asCloudUser(pool: Pool, sql: string, values: readonly unknown[] = []): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    await client.query(`select set_config('tidegate.tenant', 'acme', true), set_config('tidegate.actor', 'cloud user', true)`);
    await client.query(sql, [...values]);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  } finally {
    client.release();
  }
}

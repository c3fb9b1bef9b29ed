import type { Pool } from 'pg';
import { type Attachment, attachTable } from '../../adaptor/data/capture/attach.ts';
import { controlRows } from '../../adaptor/data/control-rows.ts';
import { type CollectionSource, describeCollection } from '../../adaptor/data/describe-collection.ts';
import { requireTableShape } from '../../adaptor/data/introspection.ts';
import { type CollectionPlan, makePlan } from '../../adaptor/data/plan.ts';
import { createPool } from '../../adaptor/data/pool.ts';
import { ensureChannels } from '../../adaptor/data/state/channel.ts';
import { ensureLink } from '../../adaptor/data/state/link.ts';
import type { LinkIdentity, Side } from '../../exchange/names.ts';
import { type MigratedDatabase, createMigratedDatabase } from './migrated-database.ts';

/** The link of tests that need only one. */
export const TEST_LINK: LinkIdentity = { tenant: 'acme', environment: 'test', link: 'hub' };

/** What a test says of a collection; the rest has the usual defaults. Fields are `field: column`, or a column alone for both. */
export interface SourceInput extends Partial<Omit<CollectionSource, 'fields'>> {
  readonly table: string;
  readonly fields: readonly (string | Partial<CollectionSource['fields'][number]>)[];
}

/** A collection's source with the defaults of configuration: schema `app`, key `id`, authority `either`. */
export function sourceOf({ fields, table, ...rest }: SourceInput): CollectionSource {
  return {
    name: table.toLowerCase().replaceAll(/[^a-z0-9]/g, '-'),
    schema: 'app',
    table,
    key: ['id'],
    constants: {},
    outOfScope: 'keep',
    identity: { kind: 'shared' },
    references: [],
    fields: fields.map((field) => {
      if (typeof field === 'string') return { field: field.replaceAll(/[^A-Za-z0-9_]/g, '_'), column: field, authority: 'either' as const };
      return {
        field: field.field ?? field.column ?? '',
        column: field.column ?? field.field ?? '',
        authority: field.authority ?? 'either',
        enumeration: field.enumeration,
        conflicts: field.conflicts,
        ...(field.sealed === true ? { sealed: true } : {}),
      };
    }),
    ...rest,
  };
}

/** The plan of a collection whose table is there. */
export async function planFor(pool: Pool, side: Side, input: SourceInput, link: LinkIdentity = TEST_LINK): Promise<CollectionPlan> {
  const source = sourceOf(input);
  const described = describeCollection(source, await requireTableShape(pool, source.schema, source.table));
  return makePlan({ link, side, ...described });
}

/** A store with a schema `app` for tables of tests, and a pool for its superuser. */
export interface AppStore<S extends Side = Side> extends AsyncDisposable {
  readonly side: S;
  readonly database: S extends Side ? MigratedDatabase<S> : never;
  /** The superuser: owner of the tables and the control plane. */
  readonly admin: Pool;
  /** A pool for any address, ended with the store. */
  poolFor(url: string): Pool;
}

/** Makes a migrated store with the schema `app`. */
export async function createAppStore<S extends Side>(side: S): Promise<AppStore<S>> {
  const database = await createMigratedDatabase(side);
  const pools: Pool[] = [];
  const poolFor = (url: string): Pool => {
    const pool = createPool(url, { applicationName: 'test', maxConnections: 12 });
    pools.push(pool);
    return pool;
  };
  const admin = poolFor(database.adminUrl);
  await admin.query('CREATE SCHEMA app');
  return {
    side,
    database: database as AppStore<S>['database'],
    admin,
    poolFor,
    [Symbol.asyncDispose]: async () => {
      await Promise.all(pools.map((pool) => pool.end()));
      await database.drop();
    },
  };
}

/** Makes the table, attaches it, and gives its plan with the rows of link and channels that windows need. */
export async function attachCollection(
  { admin, side }: Pick<AppStore, 'admin' | 'side'>,
  ddl: string,
  input: SourceInput,
  link: LinkIdentity = TEST_LINK,
): Promise<CollectionPlan & { readonly attachment: Attachment }> {
  await admin.query(ddl);
  const plan = await planFor(admin, side, input, link);
  const attachment = await attachTable(admin, [plan]);
  await ensureLink(admin, link);
  await ensureChannels(admin, plan.linkName, [plan.definition.name]);
  return { ...plan, attachment };
}

/** A row of the change log as tests compare it. */
export interface LoggedChange {
  readonly op: string;
  readonly key: readonly string[];
  readonly old: Readonly<Record<string, string | null>> | null;
  readonly origin: string | null;
  readonly actor: string | null;
}

/** All of the change log, in order; `emptied` takes it away. */
export async function readLog(pool: Pool, emptied = true): Promise<readonly LoggedChange[]> {
  const rows = await controlRows<LoggedChange>(pool, 'SELECT op, key, old, origin, actor FROM tidegate.change_log ORDER BY id');
  if (emptied) await pool.query('DELETE FROM tidegate.change_log');
  return rows;
}

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory, ColumnTypeEnum, type SqlDriverAdapter, type SqlResultSet } from '@prisma/driver-adapter-utils';
import type { MigrationList, SchemaEngine } from '@prisma/schema-engine-wasm';
import type { QueryResult } from 'pg';
import { type MigrationProject, PROJECT_SCHEMA, readMigrations } from '../../adaptor/data/migration/migration-files.ts';

/** Prisma's own schema engine on one project of a store: the judge of our migrations. */
export interface PrismaEngine extends AsyncDisposable {
  /** Applies what is due, as `prisma migrate deploy`; resolves to the names applied. */
  deploy(): Promise<readonly string[]>;
  /** As `prisma migrate status`: `history` is null where folder and store agree. */
  status(): Promise<{ edited: readonly string[]; failed: readonly string[]; history: unknown }>;
  /** SQL that Prisma would need to bring the store to its schema.prisma; empty where they agree. */
  drift(): Promise<string>;
}

const FILTERS = { externalTables: [], externalEnums: [] };
const EMPTY_MIGRATION = '-- This is an empty migration.';

/** Opens Prisma's schema engine, the WebAssembly build, on a store. */
export async function openPrismaEngine(project: MigrationProject, adminUrl: string): Promise<PrismaEngine> {
  const folder = fileURLToPath(new URL(`../../prisma/${project}`, import.meta.url));
  const path = join(folder, 'schema.prisma');
  const files = [{ path, content: readFileSync(path, 'utf8') }];
  const migrationsList = await migrationList(join(folder, 'migrations'));
  const schema = PROJECT_SCHEMA[project];
  const factory = new PrismaPg({ connectionString: adminUrl, max: 1, options: `-c search_path=${schema}` }, { schema });
  const adapters: SqlDriverAdapter[] = [];
  const connect = async (): Promise<SqlDriverAdapter> => {
    const adapter = repair(await factory.connect());
    adapters.push(adapter);
    return adapter;
  };
  const bound = bindMigrationAwareSqlAdapterFactory({ provider: 'postgres', adapterName: factory.adapterName, connect, connectToShadowDb: connect });
  const engine: SchemaEngine = await (await loadEngine()).new({ datamodels: [[path, files[0]?.content ?? '']] }, () => {}, bound);
  return {
    deploy: async () => (await engine.applyMigrations({ migrationsList, filters: FILTERS })).appliedMigrationNames,
    status: async () => {
      const found = await engine.diagnoseMigrationHistory({ migrationsList, optInToShadowDatabase: false, filters: FILTERS });
      return { edited: found.editedMigrationNames, failed: found.failedMigrationNames, history: found.history };
    },
    drift: async () => {
      const from = { tag: 'schemaDatasource' as const, files, configDir: folder };
      const { stdout } = await engine.diff({ from, to: { tag: 'schemaDatamodel', files }, script: true, exitCode: null, filters: FILTERS });
      return (stdout ?? '').replace(EMPTY_MIGRATION, '').trim();
    },
    [Symbol.asyncDispose]: async () => {
      engine.free();
      await Promise.all(adapters.map((adapter) => adapter.dispose()));
    },
  };
}

async function migrationList(baseDir: string): Promise<MigrationList> {
  const migrations = await readMigrations(baseDir);
  return {
    baseDir,
    lockfile: { path: 'migration_lock.toml', content: readFileSync(join(baseDir, 'migration_lock.toml'), 'utf8') },
    shadowDbInitScript: '',
    migrationDirectories: migrations.map(({ name, sql }) => ({ path: name, migrationFile: { path: 'migration.sql', content: { tag: 'ok', value: sql } } })),
  };
}

/**
 * Two repairs of adapter-pg 7.10.0: it cuts scripts at every `;`, also inside function bodies, and gives the engine
 * columns of type "char" (oid 18) as text, which the engine refuses.
 */
function repair(adapter: SqlDriverAdapter): SqlDriverAdapter {
  const inner = adapter as SqlDriverAdapter & {
    underlyingDriver(): { query(sql: string): Promise<QueryResult> };
    performIO(query: unknown): Promise<QueryResult>;
  };
  const [queryRaw, performIO] = [inner.queryRaw.bind(inner), inner.performIO.bind(inner)];
  const CHAR = 18;
  const TEXT = 25;
  let chars: boolean[] = [];
  return Object.assign(inner, {
    executeScript: async (script: string) => void (await inner.underlyingDriver().query(script)),
    performIO: async (query: unknown) => {
      const result = await performIO(query);
      chars = result.fields.map((field) => field.dataTypeID === CHAR);
      for (const field of result.fields) if (field.dataTypeID === CHAR) field.dataTypeID = TEXT;
      return result;
    },
    queryRaw: async (query: Parameters<SqlDriverAdapter['queryRaw']>[0]): Promise<SqlResultSet> => {
      const result = await queryRaw(query);
      return { ...result, columnTypes: result.columnTypes.map((type, i) => (chars[i] === true ? ColumnTypeEnum.Character : type)) };
    },
  });
}

let loaded: Promise<typeof SchemaEngine> | undefined;

/** The package expects a bundler; Node instantiates the module by hand. */
function loadEngine(): Promise<typeof SchemaEngine> {
  loaded ??= (async () => {
    const folder = dirname(createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm'));
    const panics = { set_message: (message: string) => console.error(message), get: () => '' };
    Object.assign(globalThis, { PRISMA_WASM_PANIC_REGISTRY: panics });
    const glue = (await import('@prisma/schema-engine-wasm/schema_engine_bg')) as unknown as {
      SchemaEngine: typeof SchemaEngine;
      __wbg_set_wasm(exports: WebAssembly.Exports): void;
    };
    const bytes = readFileSync(join(folder, 'schema_engine_bg.wasm'));
    const { instance } = await WebAssembly.instantiate(bytes, { './schema_engine_bg.js': glue as unknown as WebAssembly.ModuleImports });
    glue.__wbg_set_wasm(instance.exports);
    (instance.exports['__wbindgen_start'] as () => void)();
    return glue.SchemaEngine;
  })();
  return loaded;
}

import { Client } from 'pg';
import { describe, expect, test } from 'vitest';
import { migrateStore } from '../../../../adaptor/data/migration/migrate-store.ts';
import { migrate } from '../../../../adaptor/data/migration/migrate.ts';
import { type MigrationProject, PROJECT_SCHEMA } from '../../../../adaptor/data/migration/migration-files.ts';
import type { Side } from '../../../../exchange/names.ts';
import { createTestDatabase } from '../../../support/postgres.ts';
import { openPrismaEngine } from '../../../support/prisma-engine.ts';

const PROJECTS: readonly [Side, MigrationProject][] = [
  ['crm', 'control'],
  ['crm', 'crm'],
  ['cloud', 'control'],
  ['cloud', 'cloud'],
];

/** Rows of `_prisma_migrations`, without what differs by nature, and the table's own shape. */
async function history(adminUrl: string, project: MigrationProject): Promise<unknown> {
  const table = `${PROJECT_SCHEMA[project]}._prisma_migrations`;
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const rows = await client.query(
      `select migration_name, checksum, logs, rolled_back_at, applied_steps_count, finished_at >= started_at as finished, length(id) as id
       from ${table} order by migration_name`,
    );
    const shape = await client.query(
      `select attname, format_type(atttypid, atttypmod) as type, attnotnull, pg_get_expr(adbin, adrelid) as "default"
       from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum
       where attrelid = $1::regclass and attnum > 0 order by attnum`,
      [table],
    );
    return { rows: rows.rows, shape: shape.rows };
  } finally {
    await client.end();
  }
}

describe('Prisma agrees with what migrate leaves', () => {
  test.each(PROJECTS)('in a %s store, project %s: nothing to deploy, nothing edited, no drift', async (side, project) => {
    await using database = await createTestDatabase(side);
    await migrateStore(database.adminUrl, side);
    await using engine = await openPrismaEngine(project, database.adminUrl);
    expect(await engine.deploy()).toEqual([]);
    expect(await engine.status()).toEqual({ edited: [], failed: [], history: null });
    expect(await engine.drift()).toBe('');
  });

  test.each(PROJECTS)('in a %s store, project %s: the same rows as after Prisma itself, and nothing left for migrate', async (side, project) => {
    await using ours = await createTestDatabase(side);
    await using theirs = await createTestDatabase(side);
    const applied = await migrate(ours.adminUrl, project);
    {
      await using engine = await openPrismaEngine(project, theirs.adminUrl);
      expect(await engine.deploy()).toEqual(applied);
    }
    expect(await history(ours.adminUrl, project)).toEqual(await history(theirs.adminUrl, project));
    expect(await migrate(theirs.adminUrl, project)).toEqual([]);
  });

  test('drift is seen, down to a column', async () => {
    await using database = await createTestDatabase('crm');
    await migrateStore(database.adminUrl, 'crm');
    const client = new Client({ connectionString: database.adminUrl });
    await client.connect();
    await client.query('alter table crm.tasks drop column priority').finally(() => client.end());
    await using engine = await openPrismaEngine('crm', database.adminUrl);
    expect(await engine.drift()).toContain('priority');
  });
});

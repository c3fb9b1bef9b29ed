import { readFileSync } from 'node:fs';
import { Client, DatabaseError, escapeIdentifier } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rightsIn } from '../../../../adaptor/data/roles/control-rights.ts';
import { STORE_ROLES } from '../../../../adaptor/data/roles/role-names.ts';
import type { Side } from '../../../../exchange/names.ts';
import { type MigratedDatabase, createMigratedDatabase } from '../../../support/migrated-database.ts';

/* Every role tries every act on every table and column of the control plane and the sample application: what no list of grants gives is refused. */

interface Column {
  readonly object: string;
  readonly column: string;
}

const APPLICATION = { crm: 'crm', cloud: 'cloud' } as const;

describe.each(['crm', 'cloud'] as const)('at the %s', (side: Side) => {
  let database: MigratedDatabase<Side>;
  let columns: readonly Column[];
  let given: ReadonlySet<string>;

  beforeAll(async () => {
    database = (await createMigratedDatabase(side)) as MigratedDatabase<Side>;
    const admin = new Client({ connectionString: database.adminUrl });
    await admin.connect();
    const { rows } = await admin.query<Column>(
      `select case when c.relnamespace = 'tidegate'::regnamespace then c.relname::text else $1 || '.' || c.relname end as object, a.attname::text as column
         from pg_class c join pg_attribute a on a.attrelid = c.oid
        where c.relnamespace in ('tidegate'::regnamespace, $1::text::regnamespace) and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped order by 1, a.attnum`,
      [APPLICATION[side]],
    );
    columns = rows;
    const tables = [...new Set(rows.map(({ object }) => object))].filter((object) => !object.includes('.'));
    const grants = (path: string) => readFileSync(new URL(`../../../../prisma/${path}`, import.meta.url), 'utf8');
    given = new Set([
      ...rightsIn(grants(`control/grants/${side}.sql`), { tables, sequences: [] }),
      ...rightsIn(grants(`${side}/grants.sql`), { tables: [], sequences: [] }),
    ]);
    // What registrations leave to the cloud's users is written by a block of that file.
    if (side === 'cloud') {
      const open = await admin.query<Column>(
        `select $1 || '.' || c.relname as object, a.attname::text as column from pg_class c join pg_attribute a on a.attrelid = c.oid, aclexplode(a.attacl) x
          where c.relnamespace = $1::text::regnamespace and x.grantee = 'cloud_user'::regrole and x.privilege_type = 'UPDATE'`,
        [APPLICATION[side]],
      );
      given = new Set([...given, ...open.rows.map(({ object, column }) => `cloud_user: UPDATE (${column}) on ${object}`)]);
    }
    await admin.end();
  });
  afterAll(async () => database.drop());

  const nameOf = (object: string): string => (object.includes('.') ? object : `tidegate.${escapeIdentifier(object)}`);
  const has = (role: string, act: string, { object, column }: Column): boolean =>
    given.has(`${role}: ${act} on ${object}`) || given.has(`${role}: ${act} (${column}) on ${object}`);

  test.each(STORE_ROLES[side])('%s', async (role) => {
    const client = new Client({ connectionString: (database.urls as Record<string, string>)[role] });
    await client.connect();
    const tried: { readonly act: string; readonly refused: boolean; readonly allowed: boolean }[] = [];
    /** Permission is checked before anything is done; what comes after is undone. */
    const attempt = async (act: string, allowed: boolean, sql: string): Promise<void> => {
      await client.query('savepoint act');
      let refused = false;
      try {
        await client.query(sql);
      } catch (error) {
        if (!(error instanceof DatabaseError)) throw error;
        // A row rule answers with the same code as a missing right, in other words.
        refused = error.code === '42501' && !error.message.includes('row-level security');
      }
      await client.query('rollback to savepoint act');
      tried.push({ act, refused, allowed });
    };
    await client.query('begin');
    for (const each of columns) {
      const [table, column] = [nameOf(each.object), escapeIdentifier(each.column)];
      const what = `${each.object}.${each.column}`;
      await attempt(`reads ${what}`, has(role, 'SELECT', each), `select ${column} from ${table} limit 0`);
      await attempt(`inserts ${what}`, has(role, 'INSERT', each), `insert into ${table} (${column}) values (default)`);
      await attempt(`updates ${what}`, has(role, 'UPDATE', each), `update ${table} set ${column} = default where false`);
    }
    for (const object of new Set(columns.map((each) => each.object))) {
      const table = nameOf(object);
      await attempt(`deletes from ${object}`, has(role, 'DELETE', { object, column: '' }), `delete from ${table} where false`);
      await attempt(`truncates ${object}`, false, `truncate ${table}`);
      await attempt(`drops ${object}`, false, `drop table ${table}`);
      await attempt(`alters ${object}`, false, `alter table ${table} disable trigger all`);
      await attempt(`opens ${object}`, false, `create policy mine on ${table} using (true)`);
    }
    await attempt('makes roles', false, 'create role intruder');
    await attempt('switches the rules off', false, `set session_replication_role = 'replica'`);
    await attempt('becomes the owner', false, 'set role postgres');
    await client.query('rollback');
    await client.end();
    const wrong = tried.filter(({ refused, allowed }) => refused === allowed).map(({ act, refused }) => `${refused ? 'may not' : 'may'}: ${role} ${act}`);
    expect(wrong).toEqual([]);
    expect(tried.length).toBeGreaterThan(500);
    expect(tried.some(({ refused }) => refused)).toBe(true);
  });
});

import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPool } from '../../../../adaptor/data/pool.ts';
import { importCsv } from '../../../../adaptor/data/import/import-csv.ts';
import { createTestDatabase } from '../../../support/postgres.ts';

const salesFolder = new URL('../../../../../shared/data/crm-sales/', import.meta.url).pathname;

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let pool: Pool;
let folder: string;

beforeAll(async () => {
  database = await createTestDatabase('crm');
  pool = createPool(database.adminUrl, { applicationName: 'test', maxConnections: 2 });
  folder = await mkdtemp(join(tmpdir(), 'tidegate-import-'));
});
afterAll(async () => {
  await pool.end();
  await database.drop();
  await rm(folder, { recursive: true });
});

/** Imports a text as a file into a table. */
async function importText(table: string, text: string | Uint8Array, { create = true, key = ['id'] } = {}) {
  const file = join(folder, `${table}.csv`);
  await writeFile(file, text);
  const client = await pool.connect();
  try {
    return await importCsv(client, file, { schema: 'imported', table, key, create }, { actor: 'import:test' });
  } finally {
    client.release();
  }
}

const typesOf = async (table: string) =>
  Object.fromEntries(
    (
      await pool.query<{ name: string; type: string }>(
        `select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute where attrelid = to_regclass($1) and attnum > 0`,
        [`imported.${table}`],
      )
    ).rows.map((r) => [r.name, r.type]),
  );

describe('a CSV import', () => {
  it('makes a table with types that hold every value unchanged', async () => {
    const result = await importText('typed', 'id,amount,day,code,note,never\n1,1.50,2026-01-31,007,"a ""quoted"", two-line\nnote",\n2,-3,2026-02-01,8,=1+1,\n');
    expect(result).toMatchObject({ entries: 2, added: 2, present: 0, refused: [], created: true });
    expect(await typesOf('typed')).toEqual({ id: 'bigint', amount: 'numeric', day: 'date', code: 'text', note: 'text', never: 'text' });
    const { rows } = await pool.query(`select amount::text, day::text, code, note, never from imported.typed order by id`);
    expect(rows).toEqual([
      { amount: '1.50', day: '2026-01-31', code: '007', note: 'a "quoted", two-line\nnote', never: null },
      { amount: '-3', day: '2026-02-01', code: '8', note: '=1+1', never: null },
    ]);
  });

  it('adds nothing the second time, and never overwrites what was changed meanwhile', async () => {
    await importText('twice', 'id,name\na,one\nb,two\n');
    await pool.query(`update imported.twice set name = 'changed' where id = 'a'`);
    const again = await importText('twice', 'id,name\na,one\nb,two\nc,three\n');
    expect(again).toMatchObject({ entries: 3, added: 1, present: 2, refused: [], created: false });
    const { rows } = await pool.query(`select id, name from imported.twice order by id`);
    expect(rows).toEqual([
      { id: 'a', name: 'changed' },
      { id: 'b', name: 'two' },
      { id: 'c', name: 'three' },
    ]);
  });

  it('reports what does not fit by line and reason, and the rest goes in', async () => {
    await pool.query(`create schema if not exists imported; create table imported.parent (id text primary key);
      insert into imported.parent values ('p'); create table imported.child (id bigint primary key, parent text references imported.parent, size varchar(3), n int check (n > 0), must text not null)`);
    const result = await importText(
      'child',
      'id,parent,size,n,must\n1,p,abc,1,x\nx,p,abc,1,x\n3,q,abc,1,x\n4,p,abcd,1,x\n5,p,abc,0,x\n6,p,abc,1,\n,p,abc,1,x\n8,p,abc,1\n9,,abc,1,x\n',
      { create: false },
    );
    expect(result.refused).toEqual([
      { line: 3, code: 'value-invalid', column: 'id' },
      { line: 4, code: 'unknown-parent', column: null },
      { line: 5, code: expect.stringMatching(/^value-/), column: expect.toSatisfy((c) => c === 'size' || c === null) },
      { line: 6, code: 'constraint-violated', column: null },
      { line: 7, code: 'constraint-violated', column: 'must' },
      { line: 8, code: 'key-invalid', column: 'id' },
      { line: 9, code: 'import-failed', column: null },
    ]);
    expect(result).toMatchObject({ entries: 9, added: 2, present: 0 });
    expect((await pool.query(`select id from imported.child order by id`)).rows).toEqual([{ id: '1' }, { id: '9' }]);
  });

  it.each([
    ['Latin-1', Buffer.from('id,note\n1,Zoë\n', 'latin1')],
    ['Latin-1 in its first line', Buffer.from('id,größe\n1,2\n', 'latin1')],
    ['UTF-16, as a spreadsheet saves "Unicode text"', Buffer.from('\uFEFFid,note\n1,x\n', 'utf16le')],
    ['UTF-8 cut within a letter', Buffer.from('id,note\n1,Zoë').subarray(0, -1)],
  ])('refuses a file in %s: no letter is put in the place of another', async (_what, text) => {
    await expect(importText('foreign', text)).rejects.toMatchObject({ code: 'encoding-unknown' });
    expect(await typesOf('foreign')).toEqual({});
  });

  it('takes a byte order mark for none of the data', async () => {
    expect(await importText('marked', '\uFEFFid,note\n1,ü\n')).toMatchObject({ added: 1 });
    expect(await typesOf('marked')).toMatchObject({ id: 'bigint' });
  });

  it('refuses a file without line feeds before it fills the memory', async () => {
    const endless = Buffer.alloc(17 * 1024 * 1024, 'x');
    await expect(importText('endless', endless)).rejects.toMatchObject({ code: 'too-large' });
    await expect(importText('endless', Buffer.concat([Buffer.from('id,note\n1,'), endless]))).rejects.toMatchObject({ code: 'too-large' });
    expect(await typesOf('endless')).toEqual({});
  });

  it('refuses a file that is no CSV, or has columns that the table lacks, and leaves nothing behind', async () => {
    await expect(importText('broken', 'id,name\n1,"open\n')).rejects.toMatchObject({ code: 'import-failed' });
    await expect(importText('empty', '')).rejects.toMatchObject({ code: 'import-failed' });
    await expect(importText('doubled', 'id,id\n1,2\n')).rejects.toMatchObject({ code: 'import-failed' });
    await expect(importText('twice', 'id,other\n1,2\n')).rejects.toMatchObject({ code: 'import-failed', facts: { columns: ['other'] } });
    expect(await typesOf('broken')).toEqual({});
  });

  it.skipIf(!existsSync(salesFolder))('takes the sales tables of a real CRM whole (skipped where they are not at hand)', async () => {
    const tables = { accounts: ['account'], products: ['product'], sales_teams: ['sales_agent'], sales_pipeline: ['opportunity_id'] };
    const added: Record<string, number> = {};
    for (const [table, key] of Object.entries(tables)) {
      const client = await pool.connect();
      try {
        const result = await importCsv(client, join(salesFolder, `${table}.csv`), { schema: 'sales', table, key, create: true }, { actor: 'import' });
        expect(result.refused).toEqual([]);
        added[table] = result.added;
      } finally {
        client.release();
      }
    }
    expect(added).toEqual({ accounts: 85, products: 7, sales_teams: 35, sales_pipeline: 8800 });
  });
});

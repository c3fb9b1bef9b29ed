import { Client } from 'pg';
import { describe, expect, it } from 'vitest';
import { createTestDatabase, withDatabase } from './postgres.ts';
import { testTemporal } from './temporal.ts';

describe('a test database', () => {
  it('is fresh, lies on its own side, and can be copied', async () => {
    await using template = await createTestDatabase('crm');
    const client = new Client({ connectionString: template.adminUrl });
    await client.connect();
    await client.query('CREATE TABLE kept AS SELECT 1 AS one');
    await client.end();
    const rows = await withDatabase('crm', async (copy) => (await copy.query('SELECT one FROM kept')).rows, { template: template.name });
    expect(rows).toEqual([{ one: 1 }]);
    await withDatabase('cloud', async (other) => {
      const { rows: found } = await other.query('SELECT datname FROM pg_database WHERE datname = $1', [template.name]);
      expect(found).toEqual([]);
    });
  });

  it('is gone after its block, even with a session open', async () => {
    let url: string;
    {
      await using database = await createTestDatabase('cloud');
      url = database.adminUrl;
      const open = new Client({ connectionString: url });
      open.on('error', () => {});
      await open.connect();
    }
    const late = new Client({ connectionString: url });
    await expect(late.connect()).rejects.toMatchObject({ code: '3D000' });
  });
});

describe('the Temporal server of a run', () => {
  it('is the same for everyone who asks', async () => {
    const [first, second] = await Promise.all([testTemporal(), testTemporal()]);
    expect(first).toEqual(second);
    expect((await fetch(first.uiUrl)).status).toBe(200);
  });
});

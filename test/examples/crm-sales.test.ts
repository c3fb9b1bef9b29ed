import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeHome, runCli, runCloudEdit, startStack, type TestStack } from '../support/running-stack.ts';

const salesFolder = fileURLToPath(new URL('../../../shared/data/crm-sales/', import.meta.url));
const config = { TIDEGATE_CONFIG: fileURLToPath(new URL('../../examples/crm-sales/tidegate.config.ts', import.meta.url)) };

/** Four real tables, by configuration alone; skipped where the exports are not at hand. */
describe.skipIf(!existsSync(salesFolder))('a sales department (skipped where its exports are not at hand)', () => {
  const { home, remove } = makeHome();
  let running: TestStack;
  const json = async (...args: string[]) => {
    const { code, stdout, stderr } = await runCli(home, [...args, '--json']);
    return { code, value: JSON.parse(stdout === '' ? JSON.stringify({ stderr }) : stdout) as never };
  };
  const query = async <T extends object>(side: 'crm' | 'cloud', sql: string): Promise<T[]> => {
    const client = new Client({ connectionString: running.stack[side].databaseUrl });
    await client.connect();
    try {
      return (await client.query<T>(sql)).rows;
    } finally {
      await client.end();
    }
  };
  const pipeline = `"acme$sales_pipeline"`;

  beforeAll(async () => {
    running = await startStack(home, [], config);
  }, 180_000);
  afterAll(async () => {
    await running.stop();
    remove();
  }, 120_000);

  it('comes in from its exports, into tables made for them', async () => {
    const files = ['accounts', 'products', 'sales_teams', 'sales_pipeline'].map((name) => join(salesFolder, `${name}.csv`));
    expect(await json('import', '--create', ...files)).toMatchObject({ code: 0, value: [{ added: 85 }, { added: 7 }, { added: 35 }, { added: 8800 }] });
    expect(await json('import', ...files)).toMatchObject({
      code: 0,
      value: [{ added: 0, present: 85 }, { added: 0 }, { added: 0 }, { added: 0, present: 8800 }],
    });
    expect(await json('attach')).toMatchObject({
      code: 0,
      value: { tables: [{ state: 'attached' }, { state: 'attached' }, { state: 'attached' }, { state: 'attached' }] },
    });
  });

  it('goes to the cloud once it is asked for; what does not fit is set aside with its reason, on both sides', async () => {
    expect(await json('sync')).toMatchObject({ code: 0, value: { state: 'done' } });
    const [counts] = await query<{ misspelt: number }>(
      'crm',
      `select count(*)::int as misspelt from sales.sales_pipeline p where not exists (select from sales.products q where q.product = p.product)`,
    );
    expect(counts?.misspelt).toBeGreaterThan(1000);
    expect(await query('cloud', `select count(*)::int as records from records.${pipeline}`)).toEqual([{ records: 8800 - (counts?.misspelt ?? 0) }]);
    for (const side of ['crm', 'cloud'] as const) {
      expect(await query(side, `select code, field, count(*)::int as records from tidegate.quarantine where state = 'waiting' group by 1, 2`)).toEqual([
        { code: 'unknown-parent', field: 'product', records: counts?.misspelt },
      ]);
    }
    expect((await json('status')).value).toMatchObject([
      { collections: [{ state: 'open', records: 85 }, { records: 7 }, { records: 35 }, { records: 8800, quarantined: counts?.misspelt }] },
    ]);
  }, 120_000);

  it('takes a corrected record by itself, and forgets the reason', async () => {
    const [record] = await query<{ id: string }>('crm', `select opportunity_id as id from sales.sales_pipeline where product = 'GTXPro' order by 1 limit 1`);
    await query('crm', `update sales.sales_pipeline set product = 'GTX Pro' where opportunity_id = '${record?.id}'`);
    expect(await json('sync', 'sales_pipeline')).toMatchObject({ code: 0 });
    expect(await query('cloud', `select product from records.${pipeline} where "opportunityId" = '${record?.id}'`)).toEqual([{ product: 'GTX Pro' }]);
    for (const side of ['crm', 'cloud'] as const)
      expect(await query(side, `select from tidegate.quarantine where state = 'waiting' and key = array['${record?.id}']`)).toEqual([]);
  });

  it('brings what the cloud changed back by order, field by field', async () => {
    expect((await runCloudEdit(home, ['set', 'accounts', 'Acme Corporation', 'employees=3000', 'officeLocation=Nowhere'])).code).toBe(0);
    // The CRM keeps its revenue to itself.
    expect((await runCloudEdit(home, ['set', 'accounts', 'Acme Corporation', 'revenue=1'])).stderr).toContain('field-denied');
    expect(await json('pull')).toMatchObject({ code: 0, value: { state: 'done' } });
    expect(await query('crm', `select employees::int, office_location, revenue::text from sales.accounts where account = 'Acme Corporation'`)).toEqual([
      { employees: 3000, office_location: 'Nowhere', revenue: '1100.04' },
    ]);
    expect((await json('record', 'accounts', 'Acme Corporation')).value).toMatchObject({ entries: [{ fields: ['employees', 'officeLocation'] }] });
  });
});

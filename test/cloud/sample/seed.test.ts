import { Client } from 'pg';
import { expect, test } from 'vitest';
import { SAMPLE_TENANTS, seedSampleCloud } from '../../../cloud/sample/seed.ts';
import { attemptAs } from '../../support/attempt.ts';
import { createMigratedDatabase } from '../../support/migrated-database.ts';

test('two tenants get employees once, each seen by its own tenant', async () => {
  await using database = await createMigratedDatabase('cloud');
  const admin = new Client({ connectionString: database.adminUrl });
  await admin.connect();
  try {
    expect(await seedSampleCloud(admin)).toBe(6);
    expect(await seedSampleCloud(admin)).toBe(0);
  } finally {
    await admin.end();
  }
  for (const tenant of SAMPLE_TENANTS) {
    const seen = await attemptAs(database.urls.cloud_user, 'select distinct tenant, count(*) over ()::int as employees from cloud.employees', {
      settings: { 'tidegate.tenant': tenant },
    });
    expect(seen).toMatchObject({ rows: [{ tenant, employees: 3 }] });
  }
});

import { existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startPostgresCluster } from '../../../embedded/postgres-cluster.ts';
import { resetStack } from '../../../workers/stack/reset.ts';

let home: string;
beforeEach(() => (home = mkdtempSync(join(tmpdir(), 'tidegate-reset-'))));
afterEach(() => rmSync(home, { recursive: true, force: true }));

describe('--reset on embedded parts', () => {
  it('removes data, keys, certificates and workflows of before, and a new start has none of them', async () => {
    const dataFolder = join(home, 'crm', 'postgres');
    const first = await startPostgresCluster({ dataFolder, password: 'first', throwAway: true });
    await first.stop();
    const real = realpathSync(dataFolder);
    for (const folder of ['cloud', 'authority', 'logs']) mkdirSync(join(home, folder));
    for (const file of ['crm/key.pem', 'cloud/role-passwords.json', 'authority/ca.key', 'temporal.db', 'temporal.db-wal', 'logs/worker.log'])
      writeFileSync(join(home, file), 'of before');
    await resetStack(home, {});
    expect(readdirSync(home)).toEqual(['logs']);
    // Also where only a link stood for them.
    expect(existsSync(real)).toBe(false);
    // The password of before is not that of the new cluster, so nothing of it is left.
    const second = await startPostgresCluster({ dataFolder, password: 'second', throwAway: true });
    await second.stop();
    await resetStack(home, {});
    expect(existsSync(join(home, 'crm'))).toBe(false);
  });

  it('has nothing to do where nothing is', async () => {
    await resetStack(home, {});
    expect(readdirSync(home)).toEqual([]);
  });
});

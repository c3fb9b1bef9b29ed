import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { startPostgresCluster, type PostgresCluster } from '../../embedded/postgres-cluster.ts';
import { removeReachableFolder } from '../../embedded/reachable-folder.ts';
import { startWatchdog } from '../../embedded/watchdog.ts';
import type { Side } from '../../exchange/names.ts';
import { serveTemporalOnDemand } from './temporal-on-demand.ts';
import { makeTemporaryFolder } from './temporary-folder.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Administrator's address of each side's server. */
    postgres: Record<Side, string>;
    /** Address that starts the shared Temporal server and answers with its addresses. */
    temporalOnDemand: string;
  }
}

/**
 * Starts what all test files of a run share: a PostgreSQL server for each side, and Temporal once a test asks.
 * A watchdog ends and removes everything if the run itself is killed.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const watchdog = await startWatchdog();
  const folder = makeTemporaryFolder();
  watchdog.removeFolder(folder);
  // What tests and their programs make is made in there, and goes with it, whichever way they end.
  process.env['TMPDIR'] = folder;
  // Every test file is a process, and many start more: what Node compiled once is kept for all of them.
  process.env['NODE_COMPILE_CACHE'] ??= fileURLToPath(new URL('../../node_modules/.cache/tidegate-compiled', import.meta.url));
  const onSpawn = watchdog.watch;
  const start = async (side: Side): Promise<PostgresCluster> => {
    const dataFolder = join(folder, side);
    const logFile = join(folder, `${side}.log`);
    const password = randomBytes(12).toString('hex');
    // Three test files at a time, some with several links, each with the pools of all its roles.
    return startPostgresCluster({ dataFolder, logFile, password, throwAway: true, settings: { max_connections: 400 }, onSpawn });
  };
  const [crm, cloud] = await Promise.all([start('crm'), start('cloud')]);
  const temporal = await serveTemporalOnDemand(join(folder, 'temporal.log'), onSpawn);
  project.provide('postgres', { crm: crm.adminUrl(), cloud: cloud.adminUrl() });
  project.provide('temporalOnDemand', temporal.url);
  return async () => {
    await Promise.all([temporal.close(), crm.stop(), cloud.stop()]);
    reportCrashes(join(folder, 'crm.log'), join(folder, 'cloud.log'));
    removeReachableFolder(folder);
    await watchdog.close();
  };
}

/** A backend that crashed shows in a test only as a lost connection. */
function reportCrashes(...logFiles: string[]): void {
  for (const file of logFiles) {
    const lines = readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line.includes('was terminated by signal'));
    for (const line of lines) console.error(`PostgreSQL: ${line}`);
  }
}

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureDevelopmentKeys } from '../adaptor/auth/development-keys.ts';
import { createPool } from '../adaptor/data/pool.ts';
import { giveFirstPassword } from '../cloud/employees/passwords.ts';
import type { CloudAccess } from '../cloud/service-manager/employee-access.ts';
import { loadCloudConfig, loadConfig } from '../configuration/load-config.ts';
import { SECRET_ROLES } from '../configuration/secret-roles.ts';
import { provisionSettingsSchema } from '../configuration/settings/containers.ts';
import { readSettings } from '../configuration/settings/read-settings.ts';
import { temporalPlace } from '../configuration/temporal-place.ts';
import { createFirstAdministrator } from '../crm/users/first-administrator.ts';
import { TidegateError } from '../exchange/errors.ts';
import type { Side } from '../exchange/names.ts';
import { startProblem } from '../workers/observation/start-problem.ts';
import { attachAll } from '../workers/stack/start-parts.ts';
import { openStore, prepareStore, type StackStore } from '../workers/stack/store.ts';
import { establishTrust } from '../workers/stack/trust.ts';
import { prepareNamespace } from './prepare-namespace.ts';

/*
 * Prepares what the containers of docker-compose.yml share: migrates both stores, gives roles their passwords and rights,
 * makes certificates and keys, attaches the tables, prepares the Temporal namespace, and writes each side's secrets into
 * that side's folder of TIDEGATE_HOME, which the other side never mounts. Repeating it changes nothing; where a certificate
 * is about to expire, it makes and registers a new one.
 */

async function main(): Promise<void> {
  const settings = readSettings(provisionSettingsSchema, process.env);
  const home = settings.TIDEGATE_HOME;
  const config = await loadConfig(settings.TIDEGATE_CONFIG);
  const { access } = await loadCloudConfig(settings.TIDEGATE_CLOUD_CONFIG);
  const crm = await prepared(home, 'crm', settings.TIDEGATE_CRM_ADMIN_URL, settings.TIDEGATE_CRM_ADMIN_PASSWORD);
  const cloud = await prepared(home, 'cloud', settings.TIDEGATE_CLOUD_ADMIN_URL, settings.TIDEGATE_CLOUD_ADMIN_PASSWORD, access);
  await ensureDevelopmentKeys(home, { links: config.links, dnsNames: [new URL(settings.TIDEGATE_CLOUD_URL).hostname, 'localhost'] });
  await establishTrust(home, config, [crm, cloud]);
  await attachAll(crm, config);
  await prepareNamespace(await temporalPlace(settings));
  for (const store of [crm, cloud])
    for (const [name, role] of Object.entries(SECRET_ROLES[store.side])) writeSecret(home, store.side, name, store.roleUrl(role));
  const administrator = await createFirstAdministrator({ databaseUrl: crm.roleUrl('crm_page') });
  if (administrator !== undefined) {
    const file = writeSecret(home, 'crm', 'first-administrator', `${administrator.email} ${administrator.password}`);
    process.stdout.write(`The CRM's first administrator may sign in with what ${file} holds.\n`);
  }
  await provisionEmployee(home, config.links[0]?.tenant, cloud.roleUrl('cloud_page'));
}

/** The first password at the cloud's page, where no employee of the tenant has one. */
async function provisionEmployee(home: string, tenant: string | undefined, url: string): Promise<void> {
  const pool = createPool(url, { applicationName: 'tidegate provision', maxConnections: 1 });
  try {
    const employee = tenant === undefined ? undefined : await giveFirstPassword(pool, tenant);
    if (employee === undefined) return;
    const file = writeSecret(home, 'cloud', 'first-employee', `${employee.email} ${employee.password}`);
    process.stdout.write(`The cloud's first employee may sign in with what ${file} holds.\n`);
  } finally {
    await pool.end();
  }
}

/** One side's store by its administrator's URL. */
async function prepared(home: string, side: Side, adminUrl: string, password: string, access: CloudAccess = []): Promise<StackStore> {
  const url = new URL(adminUrl);
  url.password = encodeURIComponent(password);
  const environment = { [`TIDEGATE_${side.toUpperCase()}_ADMIN_URL`]: url.href };
  const store = await openStore({ side, home, environment, onSpawn: () => {}, logFile: '' });
  if (store.embedded) throw new TidegateError('unexpected');
  await prepareStore(store, { home, sample: true, access });
  return store;
}

/** Puts a secret into the folder of its side, for its owner only, under the name of the setting that reads it. Gives the file's path. */
function writeSecret(home: string, side: Side, name: string, secret: string): string {
  const folder = join(home, side, 'secrets');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, name);
  writeFileSync(file, `${secret}\n`, { mode: 0o600 });
  return file;
}

try {
  await main();
} catch (error) {
  const { text, exitCode } = startProblem('provision', error);
  process.stderr.write(text);
  process.exitCode = exitCode;
}

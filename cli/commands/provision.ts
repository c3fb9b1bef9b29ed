import type { Command } from 'commander';
import { createPool } from '../../adaptor/data/pool.ts';
import { giveFirstPassword } from '../../cloud/employees/passwords.ts';
import { homeFolder } from '../../configuration/home.ts';
import { loadCloudConfig } from '../../configuration/load-config.ts';
import { provisionStoreSettings } from '../../configuration/settings/command-line.ts';
import { readSettings } from '../../configuration/settings/read-settings.ts';
import { createFirstAdministrator } from '../../crm/users/first-administrator.ts';
import { TidegateError } from '../../exchange/errors.ts';
import { type Side, sideSchema } from '../../exchange/names.ts';
import { readSecretFile } from '../../files/secret-file.ts';
import { print } from '../output.ts';
import { type ProvisionedStore, provisionStore } from '../provision/provision-store.ts';
import type { RunAlone } from '../run-command.ts';

interface ProvisionOptions {
  readonly sample?: boolean;
  readonly tenant?: string;
  readonly newPasswords?: boolean;
}

/** A password that is shown once. */
interface FirstPassword {
  readonly email: string;
  readonly password: string;
}

/** `tidegate provision crm|cloud`: makes an existing database one side's store. */
export function addProvisionCommand(program: Command, run: RunAlone): void {
  program
    .command('provision <side>')
    .description('make an existing database the store of a side (crm or cloud): migrations, roles, rights; may be repeated')
    .option('--sample', 'also the sample application; at the cloud: contacts, events, tasks and the page of its own')
    .option('--tenant <name>', 'with --sample at the cloud: whose first employee gets a password for the page, shown once')
    .option('--new-passwords', 'give roles that are there already, and whose passwords are not in the home folder, new ones')
    .action(
      run(async ({ output, environment }, named: string, options: ProvisionOptions) => {
        const { data: side } = sideSchema.safeParse(named);
        if (side === undefined) throw new TidegateError('bad-request', 'Say crm or cloud.');
        if (options.tenant !== undefined && (side !== 'cloud' || options.sample !== true))
          throw new TidegateError('bad-request', '--tenant belongs to provision cloud --sample.');
        const settings = readSettings(provisionStoreSettings[side], environment);
        const url = 'TIDEGATE_CRM_ADMIN_URL' in settings ? settings.TIDEGATE_CRM_ADMIN_URL : settings.TIDEGATE_CLOUD_ADMIN_URL;
        const config = 'TIDEGATE_CLOUD_CONFIG' in settings ? settings.TIDEGATE_CLOUD_CONFIG : undefined;
        const access = config === undefined ? undefined : (await loadCloudConfig(config)).access;
        const home = homeFolder(environment);
        const sample = options.sample === true;
        const done = await provisionStore({ side, url, home, sample, newPasswords: options.newPasswords === true, access });
        const first = sample ? await firstPassword(done, options.tenant) : undefined;
        print(output, { ...done, ...(first === undefined ? {} : { firstPassword: first }) }, () => describe(done, first));
      }),
    );
}

async function firstPassword({ side, settings }: ProvisionedStore, tenant: string | undefined): Promise<FirstPassword | undefined> {
  const urlOf = async (setting: string): Promise<string> => (await readSecretFile(settings[setting] ?? '')).trim();
  if (side === 'crm') return createFirstAdministrator({ databaseUrl: await urlOf('TIDEGATE_CRM_PAGE_URL_FILE') });
  if (tenant === undefined) return undefined;
  const pool = createPool(await urlOf('TIDEGATE_CLOUD_PAGE_DATABASE_URL_FILE'), { applicationName: 'tidegate provision', maxConnections: 1 });
  try {
    return await giveFirstPassword(pool, tenant);
  } finally {
    await pool.end();
  }
}

/** What comes after a side's store. */
const NEXT: Readonly<Record<Side, string>> = {
  crm: 'Next: tidegate attach; keys and certificates of both sides (docs/keys.md); then tidegate worker, tidegate app, tidegate doctor.',
  cloud: 'Next: keys and certificates of both sides (docs/keys.md); then tidegate producer, and tidegate doctor --side cloud.',
};

function describe({ side, database, migrations, rolesMade, rolesKept, settings }: ProvisionedStore, first: FirstPassword | undefined): string {
  return [
    `${database} is the ${side === 'crm' ? "CRM's" : "cloud's"} store.`,
    `  migrations: ${migrations.length === 0 ? 'none was due' : `${migrations.length} applied`}`,
    ...(rolesMade.length === 0 ? [] : [`  roles made: ${rolesMade.join(', ')}`]),
    ...(rolesKept.length === 0 ? [] : [`  roles that were there: ${rolesKept.join(', ')}`]),
    '  rights of the roles: written anew',
    ...(first === undefined ? [] : [`  ${first.email} may sign in at the page with the password ${first.password} (shown this once)`]),
    '',
    "Settings of this side's processes, each the name of a file that only you may read:",
    ...Object.entries(settings).map(([name, file]) => `  ${name}=${file}`),
    '',
    NEXT[side],
  ].join('\n');
}

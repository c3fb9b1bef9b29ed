import { createPool } from '../adaptor/data/pool.ts';
import { givePassword } from '../cloud/employees/passwords.ts';
import { applyEdits } from '../cloud/service-manager/apply-edits.ts';
import { employeePlace } from '../cloud/service-manager/employee-place.ts';
import { sideEnvironment } from '../configuration/home.ts';
import { cloudUserSettingsSchema } from '../configuration/settings/cloud.ts';
import { readSettings } from '../configuration/settings/read-settings.ts';
import { systemUser } from '../configuration/system-user.ts';
import { TidegateError } from '../exchange/errors.ts';
import { CLOUD_EDIT_USAGE, type EditRequest, readEdit, readEditRequest } from './cloud-edit/edit-request.ts';
import { startProblem } from './observation/start-problem.ts';

/*
 * The third party's side of a trial: one of its own users changes, adds or deletes a record in the cloud.
 *
 *   npx tidegate cloud set contacts KEY jobTitle="Head of Sales"
 *   npx tidegate cloud add tasks subject="Call back"
 *   npx tidegate cloud delete contacts KEY
 *
 * Or one of them gets a password for the cloud's page:
 *
 *   npx tidegate cloud password noor@acme.example
 */

async function main(): Promise<void> {
  const request = readEditRequest(process.argv.slice(2));
  if (request === 'help') return void process.stdout.write(`${CLOUD_EDIT_USAGE}\n`);
  const environment = sideEnvironment('cloud', process.env);
  if ((environment['TIDEGATE_CLOUD_USER_DATABASE_URL'] ?? environment['TIDEGATE_CLOUD_USER_DATABASE_URL_FILE']) === undefined)
    throw new TidegateError('not-running', 'Neither a running stack nor TIDEGATE_CLOUD_USER_DATABASE_URL was found.');
  const settings = readSettings(cloudUserSettingsSchema, environment);
  const database = decodeURIComponent(new URL(settings.TIDEGATE_CLOUD_USER_DATABASE_URL).pathname.slice(1));
  if (settings.TIDEGATE_CLOUD_EMBEDDED !== 'true' && request.database !== database)
    throw new TidegateError('store-not-embedded', `Use --database ${database} if you mean it.`, { database });
  if (request.act === 'password') return givePasswordTo(request, settings.TIDEGATE_CLOUD_PAGE_DATABASE_URL);
  const pool = createPool(settings.TIDEGATE_CLOUD_USER_DATABASE_URL, { applicationName: 'tidegate cloud edit', maxConnections: 2 });
  try {
    const client = await pool.connect();
    const place = await employeePlace(client, request.tenant, request.collection).finally(() => client.release());
    const edit = readEdit(request, place);
    await applyEdits(pool, { tenant: request.tenant, actor: request.actor, edits: [edit] });
    process.stdout.write(`Done at the cloud. It enters the CRM when the CRM orders it in: npx tidegate pull ${request.collection}\n`);
  } finally {
    await pool.end();
  }
}

async function givePasswordTo({ tenant, collection: email }: EditRequest, url: string | undefined): Promise<void> {
  if (url === undefined) throw new TidegateError('configuration-invalid', 'Set TIDEGATE_CLOUD_PAGE_DATABASE_URL.');
  const pool = createPool(url, { applicationName: 'tidegate cloud password', maxConnections: 1 });
  try {
    const given = await givePassword(pool, { tenant, email, by: systemUser() });
    process.stdout.write(`${given.email} may sign in at the cloud page with the password ${given.password} (shown this once).\n`);
  } finally {
    await pool.end();
  }
}

try {
  await main();
} catch (error) {
  const { text, exitCode } = startProblem('cloud', error);
  process.stderr.write(`${text}Nothing was changed at the cloud.\n`);
  process.exitCode = exitCode;
}

import { parseArgs } from 'node:util';
import { createPool } from '../adaptor/data/pool.ts';
import { givePassword } from '../cloud/employees/passwords.ts';
import { type Edit, type EditValues, applyEdits } from '../cloud/service-manager/apply-edits.ts';
import { type EmployeePlace, employeePlace } from '../cloud/service-manager/employee-place.ts';
import { sideEnvironment } from '../configuration/home.ts';
import { cloudUserSettingsSchema } from '../configuration/settings/cloud.ts';
import { readSettings } from '../configuration/settings/read-settings.ts';
import { systemUser } from '../configuration/system-user.ts';
import { TidegateError } from '../exchange/errors.ts';
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

const USAGE = `npx tidegate cloud set COLLECTION KEY FIELD=VALUE...
npx tidegate cloud add COLLECTION FIELD=VALUE...
npx tidegate cloud delete COLLECTION KEY
npx tidegate cloud password EMAIL      a new password for the cloud's page, shown once

  --tenant NAME      default acme
  --by EMAIL         who edits; default an employee of the tenant
  --database NAME    the database, where it is not the embedded one
  --help             this text
FIELD= (nothing behind it) clears a field.`;

interface Request {
  readonly tenant: string;
  readonly actor: string;
  readonly database: string | undefined;
  readonly act: string;
  readonly collection: string;
  readonly rest: readonly string[];
}

function readRequest(args: readonly string[]): Request | 'help' {
  const { values, positionals } = parsed(args);
  if (values.help === true) return 'help';
  const [act = '', collection = '', ...rest] = positionals;
  return { tenant: values.tenant, actor: values.by, database: values.database, act, collection, rest };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        tenant: { type: 'string', default: 'acme' },
        by: { type: 'string', default: 'employee@cloud.example' },
        database: { type: 'string' },
        help: { type: 'boolean' },
      },
    });
  } catch (cause) {
    throw new TidegateError('bad-request', `${(cause as Error).message.split('. ')[0]}.\n${USAGE}`, {}, { cause });
  }
}

function readFields(pairs: readonly string[]): EditValues {
  const fields = pairs.map((pair) => {
    const [field = '', ...value] = pair.split('=');
    if (field === '' || value.length === 0) throw new TidegateError('bad-request', `"${field}" is not FIELD=VALUE.`);
    return [field, value.join('=') === '' ? null : value.join('=')] as const;
  });
  return Object.fromEntries(fields);
}

/** The edit that a request means; a key of several fields is given with commas between its values. */
function readEdit({ act, collection, rest }: Request, keyFields: readonly string[]): Edit {
  const [key = '', ...pairs] = rest;
  const values = keyFields.length === 1 ? [key] : key.split(',');
  const keyValues = Object.fromEntries(keyFields.map((field, i) => [field, values[i] ?? null]));
  if (act === 'set' && pairs.length > 0) return { collection, key: keyValues, set: readFields(pairs) };
  if (act === 'add' && rest.length > 0) return { collection, insert: readFields(rest) };
  if (act === 'delete' && rest.length === 1) return { collection, key: keyValues, delete: true };
  throw new TidegateError('bad-request', USAGE);
}

/** Names the fields there are to who mistypes one. */
function refuseUnknownFields(edit: Edit, { columns }: EmployeePlace): void {
  const given = Object.keys('set' in edit ? edit.set : 'insert' in edit ? edit.insert : {});
  const unknown = given.find((field) => !columns.some((column) => column.field === field));
  if (unknown !== undefined) throw new TidegateError('field-denied', `"${unknown}" is none of ${columns.map(({ field }) => field).join(', ')}.`);
}

async function main(): Promise<void> {
  const request = readRequest(process.argv.slice(2));
  if (request === 'help') return void process.stdout.write(`${USAGE}\n`);
  if (request.collection === '') throw new TidegateError('bad-request', USAGE);
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
    const edit = readEdit(request, place.key);
    refuseUnknownFields(edit, place);
    await applyEdits(pool, { tenant: request.tenant, actor: request.actor, edits: [edit] });
    process.stdout.write(`Done at the cloud. It enters the CRM when the CRM orders it in: npx tidegate pull ${request.collection}\n`);
  } finally {
    await pool.end();
  }
}

async function givePasswordTo({ tenant, collection: email }: Request, url: string | undefined): Promise<void> {
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

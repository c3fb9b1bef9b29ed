import { Client } from 'pg';
import { employeePlace } from '../../cloud/service-manager/employee-place.ts';
import { ident, qualified } from '../../adaptor/data/quoting.ts';
import type { Config, LinkConfig } from '../../configuration/config.ts';
import type { FirstAdministrator } from '../../crm/users/first-administrator.ts';
import { TidegateError } from '../../exchange/errors.ts';
import { linkName } from '../../exchange/names.ts';
import type { RunningStack } from './start-parts.ts';
import type { StackStore } from './store.ts';

/** Said on a later start, when nobody's first password is shown. */
const PASSWORDS_WERE_SHOWN =
  '  Passwords are shown once. A new one: npx tidegate users reset-password EMAIL at the CRM page, npx tidegate cloud password EMAIL at the cloud page.';

/** Addresses, the first passwords at both pages (once), and three lines to copy. */
export async function welcome({
  stack,
  config,
  administrator,
  employee,
}: {
  stack: RunningStack;
  config: Config;
  administrator: FirstAdministrator | undefined;
  employee: { readonly email: string; readonly password: string } | undefined;
}): Promise<string> {
  const addresses = [
    ['CRM page', stack.crmApp.url],
    ...(stack.cloudPage === undefined ? [] : [['Cloud page', stack.cloudPage.url]]),
    ['Producer', stack.producer.url],
    ['Temporal UI', stack.temporal.ui === undefined ? '(set TIDEGATE_TEMPORAL_UI)' : `${stack.temporal.ui}/namespaces/${stack.temporal.namespace}/workflows`],
  ];
  const signIn = [
    ...(administrator === undefined ? [] : [`  Sign in as ${administrator.email} with the password ${administrator.password} (shown this once).`]),
    ...(employee === undefined ? [] : [`  At the cloud page, sign in as ${employee.email} with the password ${employee.password} (shown this once).`]),
    ...((administrator ?? employee) ? [] : [PASSWORDS_WERE_SHOWN]),
  ];
  return `\nTidegate runs.\n\n${addresses.map(([name = '', url = '']) => `  ${name.padEnd(12)} ${url}`).join('\n')}\n${[...signIn, ...(await tryIt(stack, config))].join('\n')}\n\nCtrl-C stops everything.\n\n`;
}

/** Three lines to copy, with the key of a record that is in the cloud. */
async function tryIt(stack: RunningStack, config: Config): Promise<readonly string[]> {
  const link = config.links[0];
  const collection = link?.collections.find((c) => c.name === 'contacts') ?? link?.collections[0];
  if (link === undefined || collection === undefined) return [];
  const client = new Client({ connectionString: stack.cloud.adminUrl });
  await client.connect();
  try {
    const place = await employeePlace(client, link.tenant, collection.name).catch(notThereYet);
    if (place === undefined) return ['', '  No collection is at the cloud yet: npx tidegate import, attach, sync.'];
    const columns = place.key.map((field) => ident(place.columns.find((c) => c.field === field)?.column ?? field));
    const { rows } = await client.query<{ key: readonly string[] }>(
      `select array[${columns.map((column) => `${column}::text`).join(', ')}] as key from ${qualified(place.schema, place.table)} where tenant = $1 order by 1 limit 1`,
      [link.tenant],
    );
    const key = rows[0]?.key;
    const field = ['jobTitle', ...Object.keys(collection.fields)].find((name) => Object.hasOwn(collection.fields, name) && !collection.key.includes(name));
    if (key === undefined || field === undefined) return [];
    return [
      '',
      '  In a second terminal, in this folder: change a record in the cloud, order it in, see it in the CRM with its run:',
      '',
      ...commandsToCopy({ link, isOnlyLink: config.links.length === 1, cloud: stack.cloud, collection: collection.name, key, field }),
    ];
  } finally {
    await client.end();
  }
}

/**
 * The commands that change a record in the cloud, order it in and show it in the CRM. What they take for granted (the tenant of the
 * sample, an embedded database, one link) is said where it is otherwise.
 */
export function commandsToCopy({
  link,
  isOnlyLink,
  cloud,
  collection,
  key,
  field,
}: {
  readonly link: Pick<LinkConfig, 'tenant' | 'environment' | 'link'>;
  readonly isOnlyLink: boolean;
  readonly cloud: Pick<StackStore, 'embedded' | 'database'>;
  readonly collection: string;
  readonly key: readonly string[];
  readonly field: string;
}): readonly string[] {
  const ofTenant = link.tenant === 'acme' ? '' : ` --tenant ${link.tenant}`;
  const ofDatabase = cloud.embedded ? '' : ` --database ${shellWord(cloud.database)}`;
  const ofLink = isOnlyLink ? '' : ` --link ${linkName(link)}`;
  return [
    `    npx tidegate cloud set ${collection} ${shellWord(key.join(','))} ${field}="Changed in the cloud at ${clock()}"${ofTenant}${ofDatabase}`,
    `    npx tidegate pull ${collection}${ofLink}`,
    `    npx tidegate record ${collection} ${key.map(shellWord).join(' ')}${ofLink}`,
  ];
}

/** The time, with its zone: what the line writes is new on every start. */
const clock = (): string => `${new Date().toISOString().slice(0, 19)}Z`;

/** A text as one word of a shell. */
const shellWord = (text: string): string => (/^[\w.@-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`);

/** A collection whose table is still to be made is not at the cloud. */
function notThereYet(error: unknown): undefined {
  if (error instanceof TidegateError && error.code === 'collection-unknown') return undefined;
  throw error;
}

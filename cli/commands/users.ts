import type { Command } from 'commander';
import { createPool } from '../../adaptor/data/pool.ts';
import { sideEnvironment } from '../../configuration/home.ts';
import { usersSettingsSchema } from '../../configuration/settings/command-line.ts';
import { readSettings } from '../../configuration/settings/read-settings.ts';
import { systemUser } from '../../configuration/system-user.ts';
import { listUsers, userAdministration, type UserAccount } from '../../crm/users/administration.ts';
import { newUserSchema } from '../../crm/users/new-user.ts';
import { roleSchema } from '../../crm/users/roles.ts';
import { TidegateError } from '../../exchange/errors.ts';
import { print, table } from '../output.ts';
import type { Alone, RunAlone } from '../run-command.ts';

/** `tidegate users ...`: users of the CRM's page. Whoever may read the URL of the database role `crm_page` administers them. */
export function addUserCommands(program: Command, alone: RunAlone): void {
  const users = program.command('users').description("users of the CRM's page");
  users
    .command('list')
    .description('all users, their roles and how they sign in')
    .action(
      alone(({ output, environment }) =>
        withUsers(environment, async (_users, all) => {
          const accounts = await all();
          print(output, { users: accounts }, () => userTable(accounts));
        }),
      ),
    );
  users
    .command('add <email>')
    .description('add a user; the password is shown once and has to be changed at the first sign-in')
    .requiredOption('--name <name>', "the user's name")
    .option('--role <role>', roleSchema.options.join(', '), 'user')
    .action(
      alone(({ output, environment }, email: string, { name, role }: { name: string; role: string }) =>
        withUsers(environment, async (accounts) => {
          const added = await accounts.add(parseAccount({ email, name, role: parseRole(role) }));
          print(output, added, () => `${added.email} may sign in with the password ${added.password} (shown this once).`);
        }),
      ),
    );
  users
    .command('role <email> <role>')
    .description(`give a user another role: ${roleSchema.options.join(', ')}`)
    .action(
      alone(({ output, environment }, email: string, role: string) =>
        withUsers(environment, async (accounts) => say(output, await accounts.changeRole(email, parseRole(role)))),
      ),
    );
  const act = (name: string, description: string, change: 'disable' | 'enable' | 'endSessions') =>
    users
      .command(`${name} <email>`)
      .description(description)
      .action(alone(({ output, environment }, email: string) => withUsers(environment, async (accounts) => say(output, await accounts[change](email)))));
  act('disable', 'shut a user out: all sessions end at once', 'disable');
  act('enable', 'let a disabled user sign in again', 'enable');
  act('sign-out', 'end all sessions of a user', 'endSessions');
  users
    .command('reset-password <email>')
    .description('give a user another password, shown once; all sessions end')
    .action(
      alone(({ output, environment }, email: string) =>
        withUsers(environment, async (accounts) => {
          const reset = await accounts.resetPassword(email);
          print(output, reset, () => `${reset.email} may sign in with the password ${reset.password} (shown this once).`);
        }),
      ),
    );
}

async function withUsers(
  environment: Alone['environment'],
  act: (accounts: ReturnType<typeof userAdministration>, all: () => ReturnType<typeof listUsers>) => Promise<void>,
): Promise<void> {
  const own = sideEnvironment('crm', environment);
  if ((own['TIDEGATE_CRM_PAGE_URL'] ?? own['TIDEGATE_CRM_PAGE_URL_FILE']) === undefined)
    throw new TidegateError('not-running', 'Neither a running stack nor TIDEGATE_CRM_PAGE_URL was found.');
  const pool = createPool(readSettings(usersSettingsSchema, own).TIDEGATE_CRM_PAGE_URL, { applicationName: 'tidegate cli', maxConnections: 1 });
  try {
    await act(userAdministration(pool, systemUser()), () => listUsers(pool));
  } finally {
    await pool.end();
  }
}

function parseRole(text: string): (typeof roleSchema.options)[number] {
  const role = roleSchema.safeParse(text);
  if (!role.success) throw new TidegateError('bad-request', `"${text}" is none of ${roleSchema.options.join(', ')}.`);
  return role.data;
}

/** A new user, held to what the page holds it to. Throws `bad-request`. */
function parseAccount(given: { email: string; name: string; role: (typeof roleSchema.options)[number] }) {
  const account = newUserSchema.safeParse(given);
  if (!account.success) throw new TidegateError('bad-request', account.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}.`).join(' '));
  return account.data;
}

function say(output: Alone['output'], user: UserAccount): void {
  print(output, user, () => userTable([user]));
}

function userTable(users: readonly UserAccount[]): string {
  const rows = users.map((user) => [
    user.email,
    user.name,
    user.role,
    user.disabledAt === null ? 'active' : 'disabled',
    [user.hasPassword ? 'password' : '', user.identityProvider ?? ''].filter(Boolean).join(', '),
    String(user.sessions),
  ]);
  return table(['e-mail', 'name', 'role', 'state', 'signs in with', 'sessions'], rows);
}

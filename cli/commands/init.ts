import { existsSync, writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { createPool, inTransaction } from '../../adaptor/data/pool.ts';
import { sideEnvironment } from '../../configuration/home.ts';
import { initSettingsSchema } from '../../configuration/settings/command-line.ts';
import { readSettings } from '../../configuration/settings/read-settings.ts';
import { TidegateError } from '../../exchange/errors.ts';
import { linkIdentitySchema } from '../../exchange/names.ts';
import { configurationText } from '../init/configuration-text.ts';
import { type Proposal, configurationOf, proposeConfiguration } from '../init/propose.ts';
import { print } from '../output.ts';
import type { RunAlone } from '../run-command.ts';
import { requireWritable, unwritable } from '../written-file.ts';

interface InitOptions {
  readonly schema?: string[];
  readonly output: string;
  readonly force?: boolean;
  readonly print?: boolean;
  readonly tenant: string;
  readonly environment: string;
  readonly link: string;
}

/** Nothing is written, and all tables are seen as of one moment. */
const BEGIN = 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY';

/** `tidegate init`: a first configuration, read off an existing database. */
export function addInitCommand(program: Command, run: RunAlone): void {
  program
    .command('init')
    .description('write a first configuration by reading the database at TIDEGATE_CRM_ADMIN_URL, which is not changed')
    .option('--schema <name...>', 'only tables of these schemas (all by default)')
    .option('--output <file>', 'the file to write', 'tidegate.config.ts')
    .option('--force', 'overwrite the file')
    .option('--print', 'print the configuration and write nothing')
    .option('--tenant <name>', 'tenant of the link', 'acme')
    .option('--environment <name>', 'environment of the link', 'development')
    .option('--link <name>', 'name of the link', 'hub')
    .action(
      run(async ({ output, environment }, options: InitOptions) => {
        const identity = linkIdentitySchema.safeParse({ tenant: options.tenant, environment: options.environment, link: options.link });
        if (!identity.success) throw new TidegateError('bad-request', identity.error.issues.map((i) => `--${i.path.join('.')}: ${i.message}.`).join(' '));
        const mayWrite = options.print === true || options.force === true || !existsSync(options.output);
        if (!mayWrite) throw fileExists(options.output);
        if (options.print !== true) await requireWritable(options.output);
        const { TIDEGATE_CRM_ADMIN_URL: url } = readSettings(initSettingsSchema, sideEnvironment('crm', environment));
        const pool = createPool(url, { applicationName: 'tidegate init', maxConnections: 1 });
        let proposal: Proposal;
        try {
          proposal = await inTransaction(pool, (client) => proposeConfiguration(client, identity.data, options.schema), { begin: BEGIN });
        } finally {
          await pool.end();
        }
        const text = configurationText(proposal, decodeURIComponent(new URL(url).pathname.slice(1)));
        if (options.print !== true) write(options.output, text, options.force === true);
        const { collections, leftOut } = proposal;
        print(output, { file: options.print === true ? null : options.output, collections, leftOut, configuration: configurationOf(proposal) }, () =>
          options.print === true ? text.trimEnd() : describe(options.output, proposal),
        );
      }),
    );
}

function write(file: string, text: string, force: boolean): void {
  try {
    writeFileSync(file, text, { flag: force ? 'w' : 'wx' });
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'EEXIST' ? fileExists(file) : unwritable(file, error);
  }
}

const fileExists = (file: string): TidegateError => new TidegateError('file-exists', `${file} was not touched.`, { file });

function describe(file: string, { collections, leftOut }: Proposal): string {
  return [
    `${file} was written; nothing was changed in the database.`,
    '',
    `${collections.length} collection(s):`,
    ...collections.flatMap(({ name, schema, table, key, fields, leftOut: columns, notes }) => [
      `  ${name} (${schema}.${table}): key ${key.join(', ')}; ${fields.length} fields`,
      ...notes.map((note) => `    ${note}`),
      ...columns.map(({ column, reason }) => `    "${column}" stays in the CRM: ${reason}`),
    ]),
    ...(leftOut.length === 0 ? [] : ['', 'Not synchronised:', ...leftOut.map(({ table, reason }) => `  ${table}: ${reason}`)]),
    '',
    'Read the file, take out what shall not leave the company, then go on with docs/adopting.md.',
  ].join('\n');
}

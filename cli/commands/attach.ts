import type { Command } from 'commander';
import { attachTable, planAttachment } from '../../adaptor/data/capture/attach.ts';
import { detachTable, planDetachment } from '../../adaptor/data/capture/detach.ts';
import type { Config } from '../../configuration/config.ts';
import { TidegateError } from '../../exchange/errors.ts';
import { print } from '../output.ts';
import { afterDoing } from '../partly.ts';
import { planAttachments } from '../plan-attachments.ts';
import type { RunCommand } from '../run-command.ts';

/** What was done, or would be done, to a table. */
interface TableReport {
  readonly table: string;
  readonly collections: readonly string[];
  readonly state: string;
  readonly sql: readonly string[];
}

/** `tidegate attach` and `tidegate detach`: capture on the CRM's tables. */
export function addAttachCommands(program: Command, run: RunCommand): void {
  program
    .command('attach [collections...]')
    .description('capture the tables of collections (all by default); needs the URL of their owner')
    .option('--print', 'print the SQL and change nothing')
    .action(
      run(async (context, collections: string[], options: { print?: boolean }) => {
        checkConfigured(context.config, collections);
        const pool = context.adminPool();
        const { tables, faults } = await planAttachments(pool, context.config, collections);
        const reports: TableReport[] = [];
        for (const plans of tables) {
          const attach = () => (options.print === true ? planAttachment(pool, plans) : attachTable(pool, plans));
          const attachment = await afterTables('attached', reports, attach);
          const { schema, table } = attachment.capture;
          const state = attachment.current ? 'attached before' : options.print === true ? 'to be attached' : 'attached';
          reports.push({
            table: `${schema}.${table}`,
            collections: plans.map((plan) => plan.definition.name),
            state,
            sql: attachment.current && options.print !== true ? [] : attachment.statements,
          });
        }
        const refused = faults.map(({ collection, fault }) => ({ collection, code: fault?.code, detail: fault?.message }));
        print(context.output, { tables: reports, refused }, () =>
          [...reports.map((report) => describe(report, options.print === true)), ...refused.map((r) => `${r.collection}: ${r.detail}`)].join('\n'),
        );
        return refused.length > 0 ? 'failed' : 'done';
      }),
    );
  program
    .command('detach [collections...]')
    .description('take capture off the tables of collections (all by default); leaves nothing behind')
    .option('--print', 'print the SQL and change nothing')
    .action(
      run(async (context, collections: string[], options: { print?: boolean }) => {
        checkConfigured(context.config, collections);
        const pool = context.adminPool();
        const named = context.config.links.flatMap((link) => link.collections).filter((c) => collections.length === 0 || collections.includes(c.name));
        const reports: TableReport[] = [];
        for (const name of new Set(named.map((collection) => collection.table))) {
          const [schema = '', table = ''] = name.split('.');
          const detach = () => (options.print === true ? planDetachment : detachTable)(pool, 'crm', { schema, table });
          const sql = await afterTables('detached', reports, detach);
          const state = sql.length === 0 ? 'not attached' : options.print === true ? 'to be detached' : 'detached';
          reports.push({ table: name, collections: named.filter((c) => c.table === name).map((c) => c.name), state, sql });
        }
        print(context.output, { tables: reports }, () => reports.map((report) => describe(report, options.print === true)).join('\n'));
      }),
    );
}

/** Each table is a transaction of its own: where one fails, those before it are as the error tells. */
function afterTables<T>(done: 'attached' | 'detached', before: readonly TableReport[], act: () => Promise<T>): Promise<T> {
  const tables = before.filter(({ state }) => state === done).map(({ table }) => table);
  return tables.length === 0 ? act() : afterDoing(`${done} ${tables.join(', ')}`, act);
}

/** Checks names of collections, of whichever link. Throws `collection-unknown`. */
function checkConfigured({ links }: Config, names: readonly string[]): void {
  const known = new Set(links.flatMap(({ collections }) => collections.map(({ name }) => name)));
  for (const name of names)
    if (!known.has(name)) throw new TidegateError('collection-unknown', `"${name}" is none of ${[...known].join(', ')}.`, { collection: name });
}

function describe({ table, collections, state, sql }: TableReport, withSql: boolean): string {
  const line = `-- ${table} (${collections.join(', ')}): ${state}`;
  return withSql ? [line, ...sql.map((statement) => `${statement};`), ''].join('\n') : line;
}

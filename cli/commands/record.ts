import type { Command } from 'commander';
import { controlRows } from '../../adaptor/data/control-rows.ts';
import { recordNames } from '../../adaptor/data/ledger/record-names.ts';
import { ident, qualified } from '../../adaptor/data/quoting.ts';
import { collectionSource } from '../../configuration/collection-source.ts';
import { TidegateError } from '../../exchange/errors.ts';
import { collectionOfRecord } from '../context.ts';
import { print } from '../output.ts';
import type { RunCommand } from '../run-command.ts';
import { runLink } from '../run-link.ts';

const STORY = `
  select op, fields, actor, run_id as "runId", message_id as "messageId", to_json(created_at) #>> '{}' as at
    from tidegate.ledger_entry where link = $1 and collection = $2 and key = $3 order by id desc limit 20`;

interface StoryRow {
  readonly op: string;
  readonly fields: readonly string[];
  readonly actor: string | null;
  readonly runId: string | null;
  readonly messageId: string;
  readonly at: string;
}

/** `tidegate record`: a record as the CRM has it, and which orders brought its values in. */
export function addRecordCommand(program: Command, run: RunCommand): void {
  program
    .command('record <collection> <key...>')
    .description('a record of the CRM, and which ordered runs brought values of it in')
    .option('--link <name>', 'the link, where there are several')
    .action(
      run(async (context, collection: string, key: string[], options: { link?: string }) => {
        const link = context.link(options.link);
        const source = collectionSource(collectionOfRecord(link, collection, key));
        const names = await recordNames(context.pool, link.name, source, key);
        const columnOf = (field: string) => ident(source.fields.find((f) => f.field === field)?.column ?? field);
        const { rows } = await context.pool.query<Record<string, string | null>>(
          `select ${source.fields.map((f) => `${ident(f.column)}::text as ${ident(f.field)}`).join(', ')} from ${qualified(source.schema, source.table)}
            where ${source.key.map((field, i) => `${columnOf(field)}::text = $${i + 1}`).join(' and ')}`,
          [...names.local],
        );
        if (rows[0] === undefined) throw new TidegateError('record-not-found', undefined, { collection });
        const story = await controlRows<StoryRow>(context.pool, STORY, [link.name, collection, names.wire]);
        const entries = story.map((entry) => ({ ...entry, url: runLink(context, entry.runId) }));
        print(context.output, { record: rows[0], entries }, () =>
          [
            ...Object.entries(rows[0] ?? {}).map(([field, value]) => `${field}: ${value ?? ''}`),
            '',
            ...(entries.length === 0
              ? ['Nothing of it came from the cloud.']
              : entries.map(
                  (e) =>
                    `${e.at} ${e.fields.join(', ')} from the cloud${e.actor === null ? '' : ` (${e.actor})`} by order ${e.messageId}\n  ${e.url ?? e.runId ?? ''}`,
                )),
          ].join('\n'),
        );
      }),
    );
}

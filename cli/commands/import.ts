import { basename, extname } from 'node:path';
import { SingleBar } from 'cli-progress';
import type { Command } from 'commander';
import { type ImportResult, importCsv } from '../../adaptor/data/import/import-csv.ts';
import type { CollectionConfig } from '../../configuration/collection-config.ts';
import { TidegateError } from '../../exchange/errors.ts';
import type { Context } from '../context.ts';
import { print, table } from '../output.ts';
import type { RunCommand } from '../run-command.ts';

const REFUSED_SHOWN = 20;

/** `tidegate import`: CSV exports into the tables of collections. */
export function addImportCommand(program: Command, run: RunCommand): void {
  program
    .command('import <files...>')
    .description('import CSV exports into the CRM; the collection is named by --collection or by the file')
    .option('--collection <name>', 'the collection that all files belong to')
    .option('--link <name>', 'the link, where there are several')
    .option('--create', 'make a table that does not exist, with types that fit all values')
    .action(
      run(async (context, files: string[], options: { collection?: string; link?: string; create?: boolean }) => {
        const link = context.link(options.link);
        const results: ({ file: string; collection: string } & ImportResult)[] = [];
        for (const file of files) {
          const name = options.collection ?? basename(file, extname(file)).toLowerCase();
          const collection = link.collections.find((c) => c.name === name);
          if (collection === undefined)
            throw new TidegateError('collection-unknown', `"${name}" (from ${basename(file)}) is no collection of ${link.name}.`, { collection: name });
          results.push({ file: basename(file), collection: name, ...(await importFile(context, file, collection, options.create === true)) });
        }
        print(context.output, results, () => describe(results));
        return results.some((result) => result.refused.length > 0) ? 'failed' : 'done';
      }),
    );
}

async function importFile(context: Context, file: string, collection: CollectionConfig, create: boolean): Promise<ImportResult> {
  const [schema = '', name = ''] = collection.table.split('.');
  const key = collection.key.map((field) => collection.fields[field]?.column ?? field);
  const bar = context.output.json || !process.stderr.isTTY ? undefined : new SingleBar({ format: `${basename(file)} {value} entries`, stream: process.stderr });
  bar?.start(0, 0);
  const client = await context.adminPool().connect();
  try {
    return await importCsv(
      client,
      file,
      { schema, table: name, key, create },
      { actor: `import:${basename(file)}`, onProgress: (entries) => bar?.update(entries) },
    );
  } finally {
    client.release();
    bar?.stop();
  }
}

function describe(results: readonly ({ file: string; collection: string } & ImportResult)[]): string {
  const summary = table(
    ['file', 'collection', 'entries', 'added', 'present', 'refused'],
    results.map((r) => [r.file, r.collection, ...[r.entries, r.added, r.present, r.refused.length].map(String)]),
  );
  const refused = results.flatMap((r) =>
    r.refused.map((entry) => `  ${r.file} line ${entry.line}: ${entry.code}${entry.column === null ? '' : ` (${entry.column})`}`),
  );
  const more = refused.length > REFUSED_SHOWN ? [`  ... and ${refused.length - REFUSED_SHOWN} more (--json shows all)`] : [];
  return [summary, ...refused.slice(0, REFUSED_SHOWN), ...more].join('\n');
}

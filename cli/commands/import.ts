import { basename } from 'node:path';
import { SingleBar } from 'cli-progress';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { isZone } from '../../adaptor/data/import/entries/zone-names.ts';
import { translateDatabaseError } from '../../adaptor/data/database-error.ts';
import { isExport } from '../../adaptor/data/import/is-export.ts';
import { importExport } from '../../crm/exports/import-export.ts';
import { ERROR_CATALOGUE } from '../../exchange/error-catalogue.ts';
import { type ErrorCode, TidegateError } from '../../exchange/errors.ts';
import { EXIT, exitCodeOf } from '../../exchange/exit-code.ts';
import type { Context } from '../context.ts';
import { importCsvFile } from '../import-csv-file.ts';
import { print, table } from '../output.ts';
import { afterDoing } from '../partly.ts';
import type { RunCommand } from '../run-command.ts';

const REFUSED_SHOWN = 20;

interface ImportOptions {
  readonly collection?: string;
  readonly link?: string;
  readonly create?: boolean;
  readonly charset?: string;
  readonly zone: readonly (readonly [tzid: string, zone: string])[];
}

/** An entry that did not go in. CSV has lines and columns, exports have entries and properties. */
interface Refusal {
  readonly entry?: number;
  readonly line: number;
  readonly component?: string;
  readonly code: ErrorCode;
  readonly column?: string | null;
  readonly property?: string | null;
  readonly reason: string;
}

/** What became of one file: `fault` says why it could not go in as a whole. */
interface FileResult {
  readonly file: string;
  readonly format: 'csv' | 'export';
  /** The collection of a CSV file; exports hold records of several. */
  readonly collection: string | null;
  readonly entries: number;
  readonly added: number;
  readonly updated: number;
  readonly present: number;
  readonly superseded: number;
  readonly refused: readonly Refusal[];
  readonly fault: { readonly code: ErrorCode; readonly reason: string } | null;
}

const NOTHING = { collection: null, entries: 0, added: 0, updated: 0, present: 0, superseded: 0, refused: [], fault: null } as const;

/** `tidegate import`: CSV exports into the tables of collections, vCard and iCalendar exports into the CRM's records. */
export function addImportCommand(program: Command, run: RunCommand): void {
  program
    .command('import <files...>')
    .description('import CSV, vCard and iCalendar exports into the CRM; what does not go in is reported, the rest goes in')
    .option('--collection <name>', 'CSV: the collection that all files belong to (else the name of the file)')
    .option('--link <name>', 'CSV: the link, where there are several')
    .option('--create', 'CSV: make a table that does not exist, with types that fit all values')
    .addOption(new Option('--charset <name>', 'vCard, iCalendar: the character set of lines that declare none (else UTF-8)').argParser(charsetArgument))
    .addOption(
      new Option('--zone <name=zone>', 'vCard, iCalendar: the IANA zone that an unknown TZID means; may be repeated')
        .argParser(zoneArgument)
        .default([], 'none'),
    )
    .action(
      run(async (context, files: string[], options: ImportOptions) => {
        const results: FileResult[] = [];
        for (const file of files) {
          // What came before is told with the error: it stands.
          const into = results.flatMap(({ file: name, fault, added, updated }) => (fault === null ? [`${name} (${added} added, ${updated} updated)`] : []));
          const result = () => importFile(context, file, options);
          results.push(into.length === 0 ? await result() : await afterDoing(`imported ${into.join(', ')}`, result));
        }
        print(context.output, results, () => describe(results));
        return results.some(({ refused, fault }) => refused.length > 0 || fault !== null) ? 'failed' : 'done';
      }),
    );
}

/** Arguments of --zone. A wrong one is wrong use, told by commander. */
function zoneArgument(text: string, before: ImportOptions['zone']): ImportOptions['zone'] {
  const at = text.lastIndexOf('=');
  const zone = text.slice(at + 1);
  if (at < 1 || !isZone(zone)) throw new InvalidArgumentError('It takes NAME=IANA-NAME, for instance "Western/Central Europe=Europe/Zurich".');
  return [...before, [text.slice(0, at), zone]];
}

function charsetArgument(charset: string): string {
  try {
    return new TextDecoder(charset).encoding;
  } catch {
    throw new InvalidArgumentError('It takes a name of the Encoding Standard, for instance windows-1252.');
  }
}

/** Imports one file. A file that cannot go in as a whole is a result like any other: the files after it have their turn. */
async function importFile(context: Context, file: string, options: ImportOptions): Promise<FileResult> {
  const name = basename(file);
  const actor = `import:${name}`;
  const bar = context.output.json || !process.stderr.isTTY ? undefined : new SingleBar({ format: `${name} {value} entries`, stream: process.stderr });
  const onProgress = (entries: number): void => bar?.update(entries);
  let format: FileResult['format'] = 'csv';
  bar?.start(0, 0);
  try {
    if (await isExport(file)) {
      format = 'export';
      const client = await context.adminPool().connect();
      try {
        const read = { actor, onProgress, charset: options.charset, zones: new Map(options.zone) };
        return { file: name, ...NOTHING, format, ...(await importExport(client, file, read)) };
      } finally {
        client.release();
      }
    }
    const { refused, collection, entries, added, present } = await importCsvFile(context, file, { ...options, actor, onProgress });
    const reasons = refused.map((entry) => ({ ...entry, reason: ERROR_CATALOGUE[entry.code].title }));
    return { ...NOTHING, file: name, format, collection, entries, added, present, refused: reasons };
  } catch (error) {
    const translated = translateDatabaseError(error);
    const known = translated instanceof TidegateError ? translated : fileError(translated);
    // What is wrong with the call or the store is wrong for every file.
    if (known === undefined || exitCodeOf(known.code) !== EXIT.failed) throw known ?? error;
    return { ...NOTHING, file: name, format, fault: { code: known.code, reason: known.message } };
  } finally {
    bar?.stop();
  }
}

/** A file that cannot be opened or read, as an error of the catalogue. */
function fileError(error: unknown): TidegateError | undefined {
  const { syscall, code } = error as { syscall?: string; code?: string };
  return syscall === 'open' || syscall === 'read'
    ? new TidegateError('import-failed', `It cannot be read (${code ?? 'unknown'}).`, {}, { cause: error })
    : undefined;
}

function describe(results: readonly FileResult[]): string {
  const summary = table(
    ['file', 'collection', 'entries', 'added', 'updated', 'present', 'superseded', 'refused'],
    results.map((r) => [r.file, r.collection ?? '', ...[r.entries, r.added, r.updated, r.present, r.superseded, r.refused.length].map(String)]),
  );
  const lines = results.flatMap(({ file, fault, refused }) => [
    ...(fault === null ? [] : [`  ${file}: ${fault.code}: ${fault.reason}`]),
    ...refused.map(({ entry, component, line, code, column, property, reason }) => {
      const place = entry === undefined ? `line ${line}` : `entry ${entry} (${component}, line ${line})`;
      const part = column ?? property ?? null;
      return `  ${file} ${place}: ${code}${part === null ? '' : ` (${part})`}: ${reason}`;
    }),
  ]);
  const more = lines.length > REFUSED_SHOWN ? [`  ... and ${lines.length - REFUSED_SHOWN} more (--json shows all)`] : [];
  return [summary, ...lines.slice(0, REFUSED_SHOWN), ...more].join('\n');
}

import { basename, extname } from 'node:path';
import { type ImportResult, importCsv } from '../adaptor/data/import/import-csv.ts';
import { TidegateError } from '../exchange/errors.ts';
import type { Context } from './context.ts';

/** How a CSV file is imported. */
export interface CsvFileOptions {
  /** The collection; without it the file's name says which. */
  readonly collection?: string;
  readonly link?: string;
  readonly create?: boolean;
  readonly actor: string;
  readonly onProgress: (entries: number) => void;
}

/** Imports a CSV file into the table of its collection. Throws `collection-unknown`, `bad-request` and what `importCsv` throws. */
export async function importCsvFile(context: Context, file: string, options: CsvFileOptions): Promise<ImportResult & { readonly collection: string }> {
  const link = context.link(options.link);
  const name = options.collection ?? basename(file, extname(file)).toLowerCase();
  const collection = link.collections.find((each) => each.name === name);
  if (collection === undefined)
    throw new TidegateError('collection-unknown', `"${name}" (from ${basename(file)}) is no collection of ${link.name}.`, { collection: name });
  const [schema = '', table = ''] = collection.table.split('.');
  const key = collection.key.map((field) => collection.fields[field]?.column ?? field);
  const client = await context.adminPool().connect();
  try {
    const target = { schema, table, key, create: options.create === true };
    return { collection: name, ...(await importCsv(client, file, target, { actor: options.actor, onProgress: options.onProgress })) };
  } finally {
    client.release();
  }
}

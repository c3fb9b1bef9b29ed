import { type Entry, type EntryLimits, readEntries } from '../../../../../adaptor/data/import/entries/read-entries.ts';

/** Bytes in chunks of a size, as a file's stream gives them. */
export async function* inChunks(bytes: Uint8Array, size = 64): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

/** All entries of a file that is given as text or bytes. */
export async function entriesOf(file: string | Uint8Array, { chunk = 64, ...limits }: EntryLimits & { chunk?: number } = {}): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const entry of readEntries(inChunks(typeof file === 'string' ? Buffer.from(file) : file, chunk), limits)) entries.push(entry);
  return entries;
}

/** Content lines of an entry as text. */
export const linesOf = (entry: Entry | undefined): string[] => (entry?.component.lines ?? []).map(({ bytes }) => bytes.toString('utf8'));

/** Content lines as a file. */
export const file = (...lines: string[]): string => lines.map((line) => `${line}\r\n`).join('');

/** A component around content lines. */
export const component = (name: string, ...lines: string[]): string => file(`BEGIN:${name}`, ...lines, `END:${name}`);

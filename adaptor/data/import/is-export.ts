import { open } from 'node:fs/promises';
import { extname } from 'node:path';

const ENDINGS = new Set(['.vcf', '.vcard', '.ics', '.ical', '.icalendar', '.ifb']);

/**
 * Whether a file is a vCard or iCalendar export: by its ending, else by its first line, in ASCII or UTF-16. Fails as
 * `node:fs` does where the file cannot be read.
 */
export async function isExport(file: string): Promise<boolean> {
  const handle = await open(file, 'r');
  try {
    if (ENDINGS.has(extname(file).toLowerCase())) return true;
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(200), 0, 200, 0);
    const text = buffer.toString('latin1', 0, bytesRead).replaceAll('\0', '');
    return /^[^A-Za-z"]*BEGIN:V(CARD|CALENDAR|EVENT|TODO)\b/i.test(text);
  } finally {
    await handle.close();
  }
}

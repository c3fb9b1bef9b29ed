import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { isExport } from '../../../../adaptor/data/import/is-export.ts';

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'tidegate-kinds-'))));
afterAll(() => rm(folder, { recursive: true }));

it.each([
  ['contacts.vcf', '', true],
  ['CALENDAR.ICS', 'anything', true],
  ['download', 'BEGIN:VCALENDAR\r\n', true],
  ['backup.txt', '\uFEFF\r\nbegin:vcard\r\n', true],
  ['wide.dat', Buffer.from('\uFEFFBEGIN:VCARD\r\n', 'utf16le'), true],
  ['contacts.csv', 'id,name\n1,BEGIN:VCARD\n', false],
  ['quoted.csv', '"BEGIN:VCARD"\n', false],
  ['other', 'BEGIN:VCARDS', false],
  ['empty', '', false],
])('%s is told by its ending, else by its beginning', async (name, content, expected) => {
  const path = join(folder, name);
  await writeFile(path, content);
  expect(await isExport(path)).toBe(expected);
});

it('fails where there is no file', async () => {
  await expect(isExport(join(folder, 'nothing.vcf'))).rejects.toMatchObject({ syscall: 'open' });
});

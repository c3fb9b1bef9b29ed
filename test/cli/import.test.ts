import { join } from 'node:path';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MigratedDatabase, createMigratedDatabase } from '../support/migrated-database.ts';
import { runProgram } from './run-program.ts';

let database: MigratedDatabase<'crm'>;
let folder: string;
beforeAll(async () => {
  database = await createMigratedDatabase('crm');
  folder = await mkdtemp(join(tmpdir(), 'tidegate-cli-import-'));
});
afterAll(async () => {
  await database.drop();
  await rm(folder, { recursive: true });
});

async function write(name: string, text: string | Buffer): Promise<string> {
  await writeFile(join(folder, name), text);
  return join(folder, name);
}

/** Runs `tidegate import`; its exit code and what it printed. */
async function run(...args: string[]): Promise<{ code: number | undefined; text: string }> {
  const environment = {
    TIDEGATE_HOME: folder,
    TIDEGATE_CRM_CONSUMER_URL: database.urls.tidegate_consumer,
    TIDEGATE_CRM_ADMIN_URL: database.adminUrl,
    TIDEGATE_TEMPORAL_ADDRESS: '127.0.0.1:1',
  };
  const { code, stdout, stderr } = await runProgram(environment, 'import', ...args);
  return { code, text: stdout + stderr };
}

const card = (...lines: string[]) => ['BEGIN:VCARD', 'VERSION:3.0', ...lines, 'END:VCARD', ''].join('\r\n');

describe('tidegate import', () => {
  it('takes exports of several kinds in one call, and says what became of each file', async () => {
    const files = [
      await write('people.vcf', card('UID:1', 'FN:Doe')),
      await write('calendar.ics', 'BEGIN:VEVENT\nUID:1\nDTSTART:20260101\nEND:VEVENT\n'),
      await write('contacts.csv', 'id,family_name\n7b0d6c1e-5c0f-4d35-9f6e-1f2a3b4c5d6e,Roe\n'),
    ];
    const { code, text } = await run('--json', ...files);
    expect(code).toBe(0);
    expect(JSON.parse(text)).toEqual([
      { file: 'people.vcf', format: 'export', collection: null, entries: 1, added: 1, updated: 0, present: 0, superseded: 0, refused: [], fault: null },
      { file: 'calendar.ics', format: 'export', collection: null, entries: 1, added: 1, updated: 0, present: 0, superseded: 0, refused: [], fault: null },
      { file: 'contacts.csv', format: 'csv', collection: 'contacts', entries: 1, added: 1, updated: 0, present: 0, superseded: 0, refused: [], fault: null },
    ]);
    expect(JSON.parse((await run('--json', ...files)).text)).toMatchObject([{ present: 1 }, { present: 1 }, { present: 1 }]);
  });

  it('goes on behind files and entries that cannot go in, and fails in the end', async () => {
    const files = [
      join(folder, 'nowhere.vcf'),
      await write('wide.vcf', Buffer.from([0xff, 0xfe, 0, 0])),
      await write('page.vcf', '<html></html>'),
      await write('unknown.csv', 'id\n1\n'),
      await write('mixed.vcf', card('X:1') + card('UID:2', 'FN:Poe')),
    ];
    const { code, text } = await run(...files);
    expect(code).toBe(1);
    expect(text).toContain('nowhere.vcf: import-failed: The file could not be imported. It cannot be read (ENOENT).');
    expect(text).toContain('wide.vcf: encoding-unknown:');
    expect(text).toContain('page.vcf: import-failed: The file could not be imported. It holds no vCard and no calendar.');
    expect(text).toContain('unknown.csv: collection-unknown:');
    expect(text).toContain('mixed.vcf entry 1 (VCARD, line 1): value-invalid:');
    expect(text).toMatch(/^mixed\.vcf +2 +1 +0 +0 +0 +1$/m);
  });

  it('takes the collection of a CSV file from its name, or as it is told', async () => {
    const row = (id: number) => `id,family_name\n7b0d6c1e-5c0f-4d35-9f6e-1f2a3b4c5d${id},Loe\n`;
    const file = await write('export of may.csv', row(71));
    expect((await run(file)).text).toContain('"export of may" (from export of may.csv) is no collection of ');
    expect(await run(file, '--collection', 'contacts')).toMatchObject({ code: 0, text: expect.stringMatching(/^export of may\.csv +contacts +1 +1 /m) });
    expect(await run(await write('Contacts.csv', row(72)))).toMatchObject({ code: 0 });
    expect((await run(file, '--collection', 'frims')).text).toContain('"frims" (from export of may.csv) is no collection of ');
    expect(await run(file, '--collection', 'contacts', '--link', 'elsewhere')).toMatchObject({
      code: 2,
      text: expect.stringContaining('Name one of the links'),
    });
  });

  it('shows the first of many refusals to people, and all of them to programs', async () => {
    const file = await write('many.vcf', Array.from({ length: 25 }, (_, i) => card(`X-N:${i}`)).join(''));
    const { code, text } = await run(file);
    expect(code).toBe(1);
    expect(text.match(/many\.vcf entry \d+ \(VCARD, line \d+\): value-invalid/g)).toHaveLength(20);
    expect(text).toContain('... and 5 more (--json shows all)');
    const [told] = JSON.parse((await run(file, '--json')).text) as [{ refused: { entry: number; code: string }[] }];
    expect(told.refused.map(({ entry }) => entry)).toEqual(Array.from({ length: 25 }, (_, i) => i + 1));
  });

  it('goes nowhere without the owner of the tables, which it names, before any file is read', async () => {
    const { code, stderr } = await runProgram(
      { TIDEGATE_HOME: folder, TIDEGATE_CRM_CONSUMER_URL: database.urls.tidegate_consumer, TIDEGATE_TEMPORAL_ADDRESS: '127.0.0.1:1' },
      'import',
      await write('owner.vcf', card('UID:owner', 'FN:x')),
    );
    expect([code, stderr]).toEqual([2, expect.stringContaining('Set TIDEGATE_CRM_ADMIN_URL')]);
  });

  it('takes zones and a character set from the operator', async () => {
    const file = await write('odd.ics', Buffer.from('BEGIN:VEVENT\nUID:odd\nDTSTART;TZID=Odd=Zone:20260101T100000\nSUMMARY:ö\nEND:VEVENT\n', 'latin1'));
    expect((await run(file)).text).toContain('time-zone-unknown');
    expect(await run(file, '--zone', 'Odd=Zone=Europe/Zurich', '--charset', 'latin1')).toMatchObject({ code: 0 });
  });

  it.each([
    ['--zone', 'Odd'],
    ['--zone', 'Odd='],
    ['--zone', 'Odd=Nowhere'],
    ['--charset', 'nope'],
  ])('refuses %s %s as wrong use, before any file', async (option, value) => {
    const { code, text } = await run(option, value, await write('unused.vcf', card('UID:unused', 'FN:x')));
    expect([code, /invalid/.test(text)]).toEqual([2, true]);
  });
});

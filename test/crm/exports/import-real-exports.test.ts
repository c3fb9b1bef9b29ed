import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ExportResult } from '../../../crm/exports/import-export.ts';
import { type ImportStore, createImportStore } from './import-store.ts';

const data = fileURLToPath(new URL('../../../../shared/data/', import.meta.url));

/** Sums of the files' counts, and refusals by their reason. */
interface Totals {
  files: number;
  entries: number;
  added: number;
  updated: number;
  present: number;
  superseded: number;
  refused: number;
  readonly reasons: Record<string, number>;
}

/** Exports of Google, Exchange, Apple, Lotus Notes, telephones... and broken ones. */
describe.skipIf(!existsSync(join(data, 'vcards')))('real exports (skipped where ../shared/data is not beside the checkout)', () => {
  let store: ImportStore;
  beforeAll(async () => void (store = await createImportStore()));
  afterAll(() => store[Symbol.asyncDispose]());

  async function importAll(): Promise<Totals> {
    const totals: Totals = { files: 0, entries: 0, added: 0, updated: 0, present: 0, superseded: 0, refused: 0, reasons: {} };
    for (const folder of ['vcards', 'icalendars']) {
      for (const file of (await readdir(join(data, folder))).toSorted()) add(totals, await store.importFile(join(data, folder, file)));
    }
    return totals;
  }

  function add(totals: Totals, { refused, ...result }: ExportResult): void {
    totals.files += 1;
    totals.refused += refused.length;
    for (const name of ['entries', 'added', 'updated', 'present', 'superseded'] as const) totals[name] += result[name];
    for (const { code, property, component } of refused) {
      const reason = [code, property ?? (code === 'entry-unsupported' ? component : '')].join(' ').trim();
      totals.reasons[reason] = (totals.reasons[reason] ?? 0) + 1;
    }
    expect(result.added + result.updated + result.present + result.superseded + refused.length).toBe(result.entries);
  }

  it('go in, but for what is broken or has no place; a second time nothing is added or changed', async () => {
    const first = await importAll();
    expect(first).toEqual({
      files: 185,
      entries: 261,
      added: 121,
      updated: 22,
      present: 5,
      superseded: 2,
      refused: 111,
      reasons: {
        // 68 of them are events of parser tests that have no start at all.
        'value-invalid DTSTART': 71,
        'value-invalid DURATION': 1,
        'value-invalid RDATE': 6,
        'value-invalid RRULE': 1,
        'time-zone-unknown': 9,
        'import-failed': 3,
        'entry-unsupported DAYLIGHT': 1,
        'entry-unsupported MYCOMP': 1,
        'entry-unsupported UNKNOWN': 1,
        'entry-unsupported VAVAILABILITY': 4,
        'entry-unsupported VFREEBUSY': 8,
        'entry-unsupported VJOURNAL': 4,
        'entry-unsupported X-UNKNOWN': 1,
      },
    });
    const rows = () =>
      store.rows(
        `select id, version from crm.contacts union all select id, version from crm.appointments union all select id, version from crm.tasks order by id`,
      );
    const before = await rows();
    expect(await importAll()).toMatchObject({ entries: 261, added: 0, updated: 0, present: 148, superseded: 2, refused: 111 });
    expect(await rows()).toEqual(before);
  }, 120_000);

  it('are kept exactly: every original lies in its file', async () => {
    const files = await Promise.all(
      ['vcards', 'icalendars'].map(async (folder) =>
        Promise.all((await readdir(join(data, folder))).map((file) => readFile(join(data, folder, file), 'utf8'))),
      ),
    );
    const originals = await store.rows(`
      select residue #>> '{import,text}' as text from crm.contacts union all select residue #>> '{import,text}' from crm.appointments
       where not coalesce((residue #>> '{import,derived}')::boolean, false) union all select residue #>> '{import,text}' from crm.tasks`);
    expect(originals.length).toBeGreaterThan(100);
    for (const { text } of originals) expect(files.flat().some((file) => file.includes(String(text)))).toBe(true);
  });

  it('have the wall times, zones and dates that they were exported with', async () => {
    const found = async (uid: string) =>
      store.rows(
        `select all_day, start_date, starts_at, ends_at, time_zone, recurrence, exceptions from crm.appointments where uid = $1 and recurrence_id is null`,
        [uid],
      );
    expect(await found('minimal-demo-event-est-20241028@example.com')).toMatchObject([{ starts_at: '2024-10-28T17:00:00', time_zone: 'America/New_York' }]);
    expect(await found('956630271')).toMatchObject([{ all_day: true, start_date: '2003-12-25', starts_at: null, time_zone: null }]);
    expect(await found('multipart-olson@issue-313')).toMatchObject([{ time_zone: 'America/Argentina/Buenos_Aires' }]);
    expect(await found('ak30b02u7858q1oo6ji9dm4mgg@google.com')).toMatchObject([
      {
        time_zone: 'America/New_York',
        recurrence: 'FREQ=WEEKLY;BYDAY=FR,SA;UNTIL=20131025T035959Z',
        exceptions: ['2013-10-11T12:00:00', '2013-10-12T12:00:00'],
      },
    ]);
  });
});

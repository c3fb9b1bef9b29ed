import fc from 'fast-check';
import { RRuleTemporal } from 'rrule-temporal';
import { Temporal } from 'temporal-polyfill';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importExport } from '../../../crm/exports/import-export.ts';
import { component } from '../../adaptor/data/import/entries/entries-of.ts';
import { type ImportStore, createImportStore } from './import-store.ts';

let store: ImportStore;
beforeAll(async () => void (store = await createImportStore()));
afterAll(() => store[Symbol.asyncDispose]());

const ZONES = ['Europe/Berlin', 'America/St_Johns', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'UTC'] as const;

/** A series of `count` occurrences every `step` days, some of them called off or moved, some days added. */
interface Series {
  readonly kind: 'date' | 'floating' | 'zoned';
  readonly zone: (typeof ZONES)[number];
  /** Zone in which exceptions and identities of overrides are written. */
  readonly toldIn: (typeof ZONES)[number];
  readonly first: number;
  readonly step: number;
  readonly count: number;
  readonly off: readonly number[];
  readonly moved: readonly number[];
  readonly added: readonly number[];
}

const SERIES: fc.Arbitrary<Series> = fc.record({
  kind: fc.constantFrom('date', 'floating', 'zoned'),
  zone: fc.constantFrom(...ZONES),
  toldIn: fc.constantFrom(...ZONES),
  first: fc.nat(700),
  step: fc.integer({ min: 1, max: 9 }),
  count: fc.integer({ min: 1, max: 12 }),
  off: fc.uniqueArray(fc.integer({ min: 0, max: 5 }), { maxLength: 3 }),
  moved: fc.uniqueArray(fc.integer({ min: 6, max: 11 }), { maxLength: 3 }),
  added: fc.uniqueArray(fc.integer({ min: 200, max: 260 }), { maxLength: 3 }),
});

const day = (n: number) => Temporal.PlainDate.from('2025-01-01').add({ days: n });
/** Noon: an hour that no zone skips or repeats. */
const noon = (n: number) => day(n).toPlainDateTime({ hour: 12 });
const basic = (text: string) => text.replaceAll(/[-:]/g, '');

/** A property with the moment of a day, told in the series' zone or another. */
function at({ kind, zone }: Series, name: string, n: number, told: string = zone): string {
  if (kind === 'date') return `${name};VALUE=DATE:${basic(day(n).toString())}`;
  if (kind === 'floating') return `${name}:${basic(noon(n).toString({ smallestUnit: 'second' }))}`;
  const wall = noon(n).toZonedDateTime(zone).withTimeZone(told).toPlainDateTime().toString({ smallestUnit: 'second' });
  return told === 'UTC' ? `${name}:${basic(wall)}Z` : `${name};TZID=${told}:${basic(wall)}`;
}

const dayOf = (series: Series, occurrence: number) => series.first + occurrence * series.step;
const movedOnes = (series: Series) => series.moved.filter((each) => each < series.count);
const offOnes = (series: Series) => series.off.filter((each) => each < series.count);

/** The entries of a series: itself and its overrides, which are 3 hours or 100 days later. */
function entries(series: Series): string[] {
  const { step, count, added, first, toldIn } = series;
  return [
    component(
      'VEVENT',
      'UID:law',
      at(series, 'DTSTART', first),
      `RRULE:FREQ=DAILY;INTERVAL=${step};COUNT=${count}`,
      ...offOnes(series).map((each) => at(series, 'EXDATE', dayOf(series, each), toldIn)),
      ...added.map((each) => at(series, 'RDATE', first + each, toldIn)),
    ),
    ...movedOnes(series).map((each) =>
      component('VEVENT', 'UID:law', at(series, 'RECURRENCE-ID', dayOf(series, each), toldIn), at(series, 'DTSTART', dayOf(series, each) + 1000)),
    ),
  ];
}

/** Days on which the series takes place, from what it was made of. */
function expected(series: Series): string[] {
  const ruled = Array.from({ length: series.count }, (_day, i) => i).filter((each) => !offOnes(series).includes(each));
  const days = ruled.map((each) => dayOf(series, each) + (movedOnes(series).includes(each) ? 1000 : 0));
  const own = new Set(Array.from({ length: series.count }, (_day, i) => dayOf(series, i)));
  const more = series.added.map((each) => series.first + each).filter((each) => !own.has(each));
  return [...days, ...more].map((each) => day(each).toString()).toSorted();
}

/** Days on which it takes place, from the CRM's rows: the rule without exceptions and overridden starts, and the overrides. */
async function stored(): Promise<string[]> {
  const rows = await store.rows('select * from crm.appointments');
  const startOf = (row: Record<string, unknown>) => String(row['start_date'] ?? row['starts_at']);
  const master = rows.find((row) => row['recurrence_id'] === null);
  if (master === undefined) throw new Error('no series');
  const overrides = rows.filter((row) => row['series_id'] === master['id']);
  const gone = new Set([...(master['exceptions'] as string[]), ...overrides.map((row) => String(row['recurrence_id']))]);
  const zone = String(master['time_zone'] ?? 'UTC');
  const start = startOf(master);
  const dtstart = Temporal.PlainDateTime.from(start.length === 10 ? `${start}T00:00` : start).toZonedDateTime(zone);
  const starts = new RRuleTemporal({ rruleString: String(master['recurrence']), dtstart, temporal: Temporal })
    .all()
    .map((each) => (start.length === 10 ? each.toPlainDate().toString() : each.toPlainDateTime().toString({ smallestUnit: 'second' })));
  return [...starts.filter((each) => !gone.has(each)), ...overrides.map(startOf)].map((each) => each.slice(0, 10)).toSorted();
}

const everything = () =>
  store.rows(`select id, series_id, recurrence_id, summary, all_day, start_date, starts_at, ends_at, time_zone, recurrence, exceptions, private, residue
                from crm.appointments order by id`);

describe('laws of a round trip, as far as an import touches them', () => {
  it('17: a series takes place on the same days as in its export, with exceptions, overrides and added dates', async () => {
    await fc.assert(
      fc.asyncProperty(SERIES, async (series) => {
        await store.clear();
        const result = await store.importText(entries(series).join(''));
        expect(result.refused).toEqual([]);
        expect(await stored()).toEqual(expected(series));
      }),
      { numRuns: 40 },
    );
  });

  it('2 and 8: order and repetition change nothing; an identity is one record', async () => {
    const shuffled = SERIES.chain((series) => {
      const all = entries(series);
      return fc.tuple(fc.constant(all), fc.shuffledSubarray([...all, ...all], { minLength: 2 * all.length }));
    });
    await fc.assert(
      fc.asyncProperty(shuffled, async ([all, order]) => {
        await store.clear();
        await store.importText(all.join(''));
        const before = await everything();
        await store.clear();
        await store.importText(order.join(''));
        expect(await everything()).toEqual(before);
        for (const each of order) expect(await store.importText(each)).toMatchObject({ added: 0, updated: 0, refused: [] });
        expect(await everything()).toEqual(before);
      }),
      { numRuns: 8 },
    );
  });

  it('20 and 21: dates, wall times and zones do not depend on where the import runs', async () => {
    const text =
      component('VEVENT', 'UID:a', 'DTSTART;VALUE=DATE:20260329') + component('VEVENT', 'UID:b', 'DTSTART;TZID=Europe/Berlin:20260329T023000', 'DURATION:PT1H');
    const path = await store.write(text);
    const seen: Record<string, unknown>[][] = [];
    for (const zone of ['UTC', 'Pacific/Kiritimati', 'America/Los_Angeles']) {
      await store.clear();
      const client = await store.pool.connect();
      await client.query(`set timezone = '${zone}'`);
      await importExport(client, path, { actor: 'law' });
      await client.query('reset timezone');
      client.release();
      seen.push((await everything()).map((row) => ({ ...row, residue: null })));
    }
    expect(seen[1]).toEqual(seen[0]);
    expect(seen[2]).toEqual(seen[0]);
    expect(seen[0]?.map((row) => row['starts_at'] ?? row['start_date']).toSorted()).toEqual(['2026-03-29', '2026-03-29T02:30:00']);
  });

  it('24: two files that differ in content alone are refused in the same words', async () => {
    await fc.assert(
      fc.asyncProperty(fc.stringMatching(/^[A-Za-z]{1,20}$/), async (secret) => {
        const file =
          component('VEVENT', `UID:${secret}`, `DTSTART:${secret}`, `SUMMARY:${secret}`) + component('VEVENT', 'DTSTART:20260101', `RRULE:FREQ=${secret}X`);
        const { refused } = await store.importText(file);
        expect(refused.map(({ reason, property }) => [property, reason])).toEqual([
          ['DTSTART', 'A value does not fit the type of its field. DTSTART is no date and no time.'],
          ['RRULE', 'A value does not fit the type of its field. RRULE is no recurrence rule.'],
        ]);
      }),
      { numRuns: 5 },
    );
  });
});

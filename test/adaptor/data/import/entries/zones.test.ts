import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { zoneByName } from '../../../../../adaptor/data/import/entries/zone-names.ts';
import { zonesOf } from '../../../../../adaptor/data/import/entries/zones.ts';
import { component, file, inChunks } from './entries-of.ts';

const at = (text: string) => Temporal.PlainDateTime.from(text);
const zones = (text: string, named: Record<string, string> = {}) => zonesOf(inChunks(Buffer.from(text)), new Map(Object.entries(named)));

const observance = (name: string, start: string, from: string, to: string, ...more: string[]) =>
  component(name, `DTSTART:${start}`, `TZOFFSETFROM:${from}`, `TZOFFSETTO:${to}`, ...more).trimEnd();

/** A definition as Outlook writes it: rules from 1601 on. */
const EUROPE = (tzid: string, ...more: string[]) =>
  component(
    'VTIMEZONE',
    `TZID:${tzid}`,
    ...more,
    observance('STANDARD', '16010101T030000', '+0200', '+0100', 'RRULE:FREQ=YEARLY;WKST=MO;INTERVAL=1;BYMONTH=10;BYDAY=-1SU'),
    observance('DAYLIGHT', '16010101T020000', '+0100', '+0200', 'RRULE:FREQ=YEARLY;WKST=MO;INTERVAL=1;BYMONTH=3;BYDAY=-1SU'),
  );

describe('a TZID is resolved by its name', () => {
  it.each([
    ['Europe/Berlin', 'Europe/Berlin'],
    ['europe/berlin', 'Europe/Berlin'],
    ['US/Eastern', 'US/Eastern'],
    ['W. Europe Standard Time', 'Europe/Berlin'],
    ['Eastern Standard Time', 'America/New_York'],
    ['India Standard Time', 'Asia/Calcutta'],
    ['/mozilla.org/20070129_1/America/New_York', 'America/New_York'],
    ['/freeassociation.sourceforge.net/Tzfile/America/Argentina/Buenos_Aires', 'America/Argentina/Buenos_Aires'],
    ['/Europe/Stockholm', 'Europe/Stockholm'],
    ['posix/Europe/Vaduz', 'Europe/Vaduz'],
    ['UTC', 'UTC'],
    ['UTC+11', 'Etc/GMT-11'],
    ['GMT-03:00', 'Etc/GMT+3'],
    ['UTC+0', 'Etc/UTC'],
  ])('%s is %s', (tzid, zone) => {
    expect(zoneByName(tzid)).toBe(zone);
  });

  it.each(['Western/Central Europe', 'Nowhere', '+01:00', '/Europe/CUSTOM', 'UTC+25', 'UTC+05:30', ''])('%s says nothing', (tzid) => {
    expect(zoneByName(tzid)).toBeUndefined();
  });
});

describe('a TZID is resolved by its definition', () => {
  it('which may stand behind the entries that need it', async () => {
    const { resolve } = await zones(component('VEVENT', 'UID:1') + EUROPE('Ours'));
    expect(resolve('Ours', at('2026-07-01T10:00'))).toBe('Europe/Berlin');
  });

  it('where that says its place', async () => {
    const { resolve } = await zones(EUROPE('Ours', 'X-LIC-LOCATION:Europe/Vienna'));
    expect(resolve('Ours', at('2026-07-01T10:00'))).toBe('Europe/Vienna');
  });

  it('of one year, also where the zone has changed its rules since', async () => {
    const brasilia = component(
      'VTIMEZONE',
      'TZID:(UTC-03:00) Brasília',
      observance('STANDARD', '16010101T235959', '-0200', '-0300', 'RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=3SA;BYMONTH=2'),
      observance('DAYLIGHT', '16010101T235959', '-0300', '-0200', 'RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=2SA;BYMONTH=10'),
    );
    const { resolve } = await zones(brasilia);
    expect(resolve('(UTC-03:00) Brasília', at('2017-05-11T13:30'))).toBe('America/Sao_Paulo');
  });

  it('with the same hour for both changes, as Lotus Notes writes it', async () => {
    const { resolve } = await zones(
      component(
        'VTIMEZONE',
        'TZID:Western/Central Europe',
        observance('STANDARD', '19501029T020000', '+0200', '+0100', 'RRULE:FREQ=YEARLY;BYMINUTE=0;BYHOUR=2;BYDAY=-1SU;BYMONTH=10'),
        observance('DAYLIGHT', '19500326T020000', '+0100', '+0200', 'RRULE:FREQ=YEARLY;BYMINUTE=0;BYHOUR=2;BYDAY=-1SU;BYMONTH=3'),
      ),
    );
    expect(resolve('Western/Central Europe', at('2021-11-01T16:00'))).toBe('Europe/Berlin');
  });

  it('has no zone of the same standard offset that keeps its clock', async () => {
    const { resolve } = await zones(component('VTIMEZONE', 'TZID:Fixed', observance('STANDARD', '16010101T000000', '+0100', '+0100')));
    const found = resolve('Fixed', at('2026-07-01T10:00'));
    expect(at('2026-07-01T10:00').toZonedDateTime(found).offset).toBe('+01:00');
    expect(at('2026-01-01T10:00').toZonedDateTime(found).offset).toBe('+01:00');
  });
});

describe('a zone that nobody has', () => {
  const odd = component(
    'VTIMEZONE',
    'TZID:Odd',
    observance('STANDARD', '20240101T000000', '+1000', '+1200'),
    observance('DAYLIGHT', '20240505T080000', '+1200', '+1000'),
  );

  it('is refused, unless what needs it takes place once: then its offset is known', async () => {
    const { resolve, resolveOnce } = await zones(odd);
    expect(() => resolve('Odd', at('2024-03-03T08:00'))).toThrow(expect.objectContaining({ code: 'time-zone-unknown' }));
    expect(resolveOnce('Odd', at('2024-03-03T08:00'))).toBe('Etc/GMT-12');
    expect(resolveOnce('Odd', at('2024-08-03T08:00'))).toBe('Etc/GMT-10');
    expect(resolveOnce('Odd', at('2024-05-05T07:59'))).toBe('Etc/GMT-12');
  });

  it('is refused where no definition tells, and where the definition is broken', async () => {
    const { resolve, resolveOnce } = await zones(
      component('VTIMEZONE', 'TZID:Broken', observance('STANDARD', '20240101T000000', 'x', '+1200')) +
        component('VTIMEZONE', 'TZID:Empty') +
        component('VTIMEZONE', 'TZID:Rule', observance('STANDARD', '20240101T000000', '+0100', '+0200', 'RRULE:FREQ=NEVER')) +
        component('VTIMEZONE', 'TZID:Minutes', observance('STANDARD', '16010101T000000', '-0741', '-0741')),
    );
    for (const tzid of ['Unheard', 'Broken', 'Empty', 'Rule', 'Minutes']) {
      for (const find of [resolve, resolveOnce])
        expect(() => find(tzid, at('2024-03-03T08:00'))).toThrow(expect.objectContaining({ code: 'time-zone-unknown' }));
    }
  });

  it('is what the operator says, before anything else', async () => {
    const { resolve } = await zones(EUROPE('Ours'), { Ours: 'Asia/Tokyo', 'Europe/Berlin': 'Europe/Paris' });
    expect(resolve('Ours', at('2026-07-01T10:00'))).toBe('Asia/Tokyo');
    expect(resolve('Europe/Berlin', at('2026-07-01T10:00'))).toBe('Europe/Paris');
  });
});

describe('definitions', () => {
  it('are kept as they stand, for names that say nothing by themselves', async () => {
    const { definition } = await zones(file('BEGIN:VCALENDAR') + EUROPE('Ours') + EUROPE('Europe/Berlin'));
    expect(definition('Ours')).toBe(EUROPE('Ours'));
    expect(definition('Europe/Berlin')).toBeUndefined();
    expect(definition('Unheard')).toBeUndefined();
  });
});

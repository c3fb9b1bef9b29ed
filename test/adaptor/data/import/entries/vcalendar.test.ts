import { describe, expect, it } from 'vitest';
import { isVcalendar, modernised } from '../../../../../adaptor/data/import/entries/vcalendar.ts';
import { ruleOfVcalendar } from '../../../../../adaptor/data/import/entries/vcalendar-rule.ts';
import { component, entriesOf, file } from './entries-of.ts';

async function linesAfter(calendar: readonly string[], ...lines: string[]): Promise<string[]> {
  const [entry] = await entriesOf(file('BEGIN:VCALENDAR', 'VERSION:1.0', ...calendar) + component('VEVENT', ...lines) + file('END:VCALENDAR'));
  if (entry === undefined) throw new Error('no entry');
  return modernised(entry, undefined).lines.map(({ bytes }) => bytes.toString('utf8'));
}

describe('a rule of vCalendar 1.0', () => {
  it.each([
    ['D1 #10', 'FREQ=DAILY;INTERVAL=1;COUNT=10'],
    ['D2 #0', 'FREQ=DAILY;INTERVAL=2'],
    ['D1', 'FREQ=DAILY;INTERVAL=1;COUNT=2'],
    ['W1 TU TH #5', 'FREQ=WEEKLY;INTERVAL=1;BYDAY=TU,TH;COUNT=10'],
    ['w2 mo$ 19971224T000000Z', 'FREQ=WEEKLY;INTERVAL=2;BYDAY=MO;UNTIL=19971224T000000Z'],
    ['MP1 1+ FR 19971224T000000', 'FREQ=MONTHLY;INTERVAL=1;BYDAY=1FR;UNTIL=19971224T000000'],
    ['MP6 1+ MO TU 2- FR #0', 'FREQ=MONTHLY;INTERVAL=6;BYDAY=1MO,1TU,-2FR'],
    ['MP1 1+ 3+ SU #2', 'FREQ=MONTHLY;INTERVAL=1;BYDAY=1SU,3SU;COUNT=4'],
    ['MD1 2 15+ 3- LD #1', 'FREQ=MONTHLY;INTERVAL=1;BYMONTHDAY=2,15,-3,-1;COUNT=4'],
    ['MD1 #3', 'FREQ=MONTHLY;INTERVAL=1;COUNT=3'],
    ['YM1 6 7 #0', 'FREQ=YEARLY;INTERVAL=1;BYMONTH=6,7'],
    ['YM1 #0', 'FREQ=YEARLY;INTERVAL=1'],
    ['YD1 1 100 200 #4', 'FREQ=YEARLY;INTERVAL=1;BYYEARDAY=1,100,200;COUNT=12'],
  ])('%s is %s', (old, rule) => {
    expect(ruleOfVcalendar(old)).toBe(rule);
  });

  it.each([
    '',
    'D0',
    'X1',
    'M15 #3',
    'D1 0600 1200',
    'W1 XX',
    'MP1 #3',
    'MP1 MO',
    'MP1 1+',
    'MP1 6+ MO',
    'MD1 32',
    'MD1 MO',
    'YM1 13',
    'YD1',
    'W1 TU MP1 1+ MO',
    'D1 #1 #2',
  ])('that is none is refused: %s', (old) => {
    expect(() => ruleOfVcalendar(old)).toThrow(expect.objectContaining({ code: 'value-invalid' }));
  });
});

describe('an entry of vCalendar 1.0', () => {
  it('is known by the version of its calendar', async () => {
    const known = async (...lines: string[]) => (await entriesOf(file('BEGIN:VCALENDAR', ...lines) + component('VEVENT'))).map((entry) => isVcalendar(entry));
    expect(await known('VERSION:1.0')).toEqual([true]);
    expect(await known('VERSION:2.0')).toEqual([false]);
    expect(await known()).toEqual([false]);
  });

  it('has dates in lists with commas, and rules of today, its own or already so', async () => {
    const lines = await linesAfter([], 'DTSTART:19970401T090000Z', 'EXDATE:19970402T090000Z;19970403T090000Z', 'RRULE:D1 #9', 'EXRULE:FREQ=DAILY;COUNT=1');
    expect(lines).toEqual([
      'DTSTART:19970401T090000Z',
      'EXDATE:19970402T090000Z,19970403T090000Z',
      'RRULE:FREQ=DAILY;INTERVAL=1;COUNT=9',
      'EXRULE:FREQ=DAILY;COUNT=1',
    ]);
  });

  it('has attendees with an address, a name and an answer', async () => {
    const lines = await linesAfter(
      [],
      'ATTENDEE;ROLE=OWNER;STATUS=CONFIRMED:Jo "J." Doe <jo@example.com>',
      'ATTENDEE;STATUS=NEEDS ACTION;ENCODING=QUOTED-PRINTABLE;CHARSET=ISO-8859-1:Z=EBlie <z@example.com>',
      'ATTENDEE:max@example.com',
    );
    expect(lines).toEqual([
      'ATTENDEE;CHARSET=UTF-8;CN="Jo J. Doe";PARTSTAT=ACCEPTED:mailto:jo@example.com',
      'ATTENDEE;CHARSET=UTF-8;CN="Zëlie";PARTSTAT=NEEDS-ACTION:mailto:z@example.com',
      'ATTENDEE;CHARSET=UTF-8:mailto:max@example.com',
    ]);
  });

  const SUMMERS = [1996, 1997].map(
    (year) => `DAYLIGHT:TRUE;-04;${year}04${year === 1996 ? '07' : '06'}T020000;${year}10${year === 1996 ? '27' : '26'}T020000;EST;EDT`,
  );

  it.each([
    ['none: they are floating', [], [], 'DTSTART:19970401T090000'],
    ['an offset of whole hours', ['TZ:-05'], [], 'DTSTART;TZID=Etc/GMT+5:19970401T090000'],
    ['another offset', ['TZ:+05:30'], ['RRULE:D1 #3'], 'DTSTART;TZID=Asia/Calcutta:19970401T090000'],
    ['summers', ['TZ:-05', ...SUMMERS], ['RRULE:D1 #300'], 'DTSTART;TZID=America/New_York:19970401T090000'],
    ['summers of other years, once', ['TZ:-0500', ...SUMMERS.slice(0, 1)], [], 'DTSTART;TZID=Etc/GMT+5:19970401T090000'],
    ['no summer at all', ['TZ:+01', 'DAYLIGHT:FALSE'], [], 'DTSTART;TZID=Etc/GMT-1:19970401T090000'],
  ])('takes the zone of its wall times from its calendar: %s', async (_what, calendar, more, expected) => {
    expect((await linesAfter(calendar, 'DTSTART:19970401T090000', ...more))[0]).toBe(expected);
  });

  it('is refused where its summers are those of no zone', async () => {
    const odd = linesAfter(['TZ:-05', 'DAYLIGHT:TRUE;-03:30;19970202T020000;19970303T020000;A;B'], 'DTSTART:19970401T090000', 'RRULE:D1 #3');
    await expect(odd).rejects.toMatchObject({ code: 'time-zone-unknown' });
    await expect(linesAfter(['TZ:-05'], 'DTSTART:19971301T090000')).rejects.toMatchObject({ code: 'value-invalid', facts: { property: 'DTSTART' } });
  });

  it('keeps instants and dates as they are', async () => {
    expect(await linesAfter(['TZ:-05'], 'DTSTART:19970401T090000Z', 'DTEND:19970401')).toEqual(['DTSTART:19970401T090000Z', 'DTEND:19970401']);
  });
});

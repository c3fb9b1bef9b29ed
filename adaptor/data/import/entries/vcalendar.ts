import { Temporal } from 'temporal-polyfill';
import { TidegateError } from '../../../../exchange/errors.ts';
import { takeApart, valueText } from './content-line.ts';
import type { LogicalLine } from './logical-lines.ts';
import { readProperties } from './properties.ts';
import type { Component, Entry } from './read-entries.ts';
import { ruleOfVcalendar } from './vcalendar-rule.ts';
import { zoneByName } from './zone-names.ts';
import { fixedZoneByRules, zoneByRules, zoneByYears } from './zone-rules.ts';

/* vCalendar 1.0 (versit, 1996), the form before iCalendar: old telephones, organisers and Outlook write it. */

const TIMES = new Set(['DTSTART', 'DTEND', 'DUE', 'COMPLETED', 'EXDATE', 'RDATE']);
const LOCAL = /^\d{8}T\d{6}$/;

/** Whether the calendar around an entry is vCalendar 1.0. */
export function isVcalendar({ calendar }: Pick<Entry, 'calendar'>): boolean {
  const version = readProperties({ lines: [...calendar.lines] }, ['VERSION'], { format: 'icalendar' }).first('VERSION');
  return version?.text.trim() === '1.0';
}

const lineOf = (text: string, number = 0): LogicalLine => ({ number, bytes: Buffer.from(text), raw: [], tooLong: false });

const component = (name: string, ...lines: string[]): Component => ({ name, lines: lines.map((line) => lineOf(line)), children: [] });

/** An offset (`-05`, `+0530`, `-05:30`) as iCalendar writes it. */
function offsetText(text: string | undefined): string | undefined {
  const [, sign, hours, minutes = '00'] = /^([+-]?)(\d{1,2}):?(\d{2})?$/.exec(text?.trim() ?? '') ?? [];
  return hours === undefined ? undefined : `${sign === '-' ? '-' : '+'}${hours.padStart(2, '0')}${minutes}`;
}

/** Summers of the calendar (DAYLIGHT): offset, first and last moment, as changes of the clock. */
function summersOf(texts: readonly string[], standard: string): readonly { readonly year: number; readonly changes: readonly Component[] }[] {
  return texts.flatMap((text) => {
    const [observed = '', offset, from = '', to = ''] = text.split(';').map((part) => part.trim());
    const summer = offsetText(offset);
    if (observed.toUpperCase() !== 'TRUE' || summer === undefined || !LOCAL.test(from) || !LOCAL.test(to)) return [];
    const change = (at: string, before: string, after: string) => component('DAYLIGHT', `DTSTART:${at}`, `TZOFFSETFROM:${before}`, `TZOFFSETTO:${after}`);
    return [{ year: Number(from.slice(0, 4)), changes: [change(from, standard, summer), change(to, summer, standard)] }];
  });
}

/**
 * The zone of the calendar's wall times from its TZ and DAYLIGHT; undefined where it tells none: then they are floating. Throws
 * `time-zone-unknown` where no zone has this offset, or these summers.
 */
function zoneOf(calendar: Entry['calendar'], near: Temporal.PlainDateTime, recurs: boolean): string | undefined {
  const around = readProperties({ lines: [...calendar.lines] }, ['TZ', 'DAYLIGHT'], { format: 'icalendar' });
  const standard = offsetText(around.first('TZ')?.text);
  if (standard === undefined) return undefined;
  const summers = summersOf(
    around.all('DAYLIGHT').map(({ text }) => text),
    standard,
  );
  const always = component('STANDARD', 'DTSTART:19700101T000000', `TZOFFSETFROM:${standard}`, `TZOFFSETTO:${standard}`);
  const definition: Component = { name: 'VTIMEZONE', lines: [], children: [always, ...summers.flatMap(({ changes }) => changes)] };
  const years = [...new Set(summers.map(({ year }) => year))];
  const inSummers = years.includes(near.year) ? zoneByYears(definition, years) : undefined;
  const zone =
    summers.length === 0
      ? (zoneByName(`UTC${standard}`) ?? zoneByRules(definition, near))
      : (inSummers ?? (recurs ? undefined : fixedZoneByRules(definition, near)));
  if (zone === undefined) throw new TidegateError('time-zone-unknown');
  return zone;
}

/** An attendee (`Jo Doe <jo@example.com>`) as iCalendar writes it. */
function attendeeLine(text: string, status: string | undefined): string {
  const [, name = '', address = text] = /^(.*)<([^<>]*)>\s*$/.exec(text) ?? [];
  const told = status?.toUpperCase().replace(' ', '-');
  const answer = told === 'CONFIRMED' ? 'ACCEPTED' : told;
  const written = name.replaceAll(/["\\]/g, '').trim();
  return `ATTENDEE;CHARSET=UTF-8${written === '' ? '' : `;CN="${written}"`}${answer === undefined ? '' : `;PARTSTAT=${answer}`}:mailto:${address.trim()}`;
}

/**
 * An entry of vCalendar 1.0 as iCalendar (RFC 5545) writes it: its rules, its lists of dates, its attendees, and the zone of its
 * wall times. Quoted-printable and character sets stay, because content lines of any version may have them. Throws `value-invalid`
 * for a rule that is none, `time-zone-unknown`.
 */
export function modernised({ component: entry, calendar }: Pick<Entry, 'component' | 'calendar'>, charset: string | undefined): Component {
  const first = readProperties(entry, ['DTSTART', 'DUE', 'RRULE', 'RDATE'], { format: 'icalendar', charset });
  const start = first.first('DTSTART')?.text.trim() ?? first.first('DUE')?.text.trim() ?? '';
  const recurs = first.first('RRULE') !== undefined || first.first('RDATE') !== undefined;
  const zone = LOCAL.test(start) ? zoneOf(calendar, wallOf(start), recurs) : undefined;
  const rewritten = (line: LogicalLine): LogicalLine => {
    const parts = line.tooLong ? undefined : takeApart(line.bytes);
    if (parts === undefined) return line;
    if (TIMES.has(parts.name)) {
      const values = valueText(parts, charset)
        .split(/[;,]/)
        .map((value) => value.trim());
      const tzid = zone !== undefined && values.every((value) => LOCAL.test(value)) ? `;TZID=${zone}` : '';
      return lineOf(`${parts.name}${tzid}:${values.join(',')}`, line.number);
    }
    if (parts.name === 'RRULE' || parts.name === 'EXRULE') {
      const text = valueText(parts, charset);
      return lineOf(`${parts.name}:${/FREQ=/i.test(text) ? text : ruleOfVcalendar(text)}`, line.number);
    }
    if (parts.name !== 'ATTENDEE') return line;
    return lineOf(attendeeLine(valueText(parts, charset), parts.parameters.find(({ name }) => name === 'STATUS')?.value), line.number);
  };
  return { ...entry, lines: entry.lines.map(rewritten) };
}

function wallOf(start: string): Temporal.PlainDateTime {
  try {
    return Temporal.PlainDateTime.from(start);
  } catch (cause) {
    throw new TidegateError('value-invalid', 'DTSTART is no date and no time.', { property: 'DTSTART' }, { cause });
  }
}

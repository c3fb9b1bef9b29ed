import { RRuleTemporal } from 'rrule-temporal';
import { Temporal } from 'temporal-polyfill';
import { TidegateError } from '../../../../exchange/errors.ts';
import { readProperties } from './properties.ts';
import type { Component } from './read-entries.ts';

/** A change of the clock. Offsets are seconds east of UTC. */
export interface Transition {
  readonly at: Temporal.Instant;
  readonly offsetFrom: number;
  readonly offsetTo: number;
}

const NAMES = ['DTSTART', 'RRULE', 'RDATE', 'TZOFFSETFROM', 'TZOFFSETTO'];
const MAX_TRANSITIONS = 2000;

function seconds(offset: string | undefined): number {
  const match = /^([+-])(\d{2})(\d{2})(\d{2})?$/.exec((offset ?? '').trim());
  if (match === null) throw new TidegateError('time-zone-unknown', 'An offset of its VTIMEZONE is none.');
  return (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 3600 + Number(match[3]) * 60 + Number(match[4] ?? 0));
}

/**
 * The changes of the clock that a VTIMEZONE (RFC 5545 section 3.6.5) defines before a date, in order. Throws
 * `time-zone-unknown` where its observances cannot be read.
 */
export function transitionsOf(vtimezone: Component, until: Temporal.PlainDate): readonly Transition[] {
  const found: Transition[] = [];
  for (const observance of vtimezone.children) {
    const properties = readProperties(observance, NAMES, { format: 'icalendar' });
    const offsetFrom = seconds(properties.first('TZOFFSETFROM')?.text);
    const offsetTo = seconds(properties.first('TZOFFSETTO')?.text);
    const walls = wallTimes(properties.first('DTSTART')?.values[0], properties.first('RRULE')?.text, until);
    const more = properties.all('RDATE').flatMap(({ values }) => values.map((value) => wallOf(value)));
    for (const wall of [...walls, ...more]) found.push({ at: wall.toZonedDateTime('UTC').toInstant().subtract({ seconds: offsetFrom }), offsetFrom, offsetTo });
  }
  return found.toSorted((a, b) => Temporal.Instant.compare(a.at, b.at));
}

function wallOf(value: unknown): Temporal.PlainDateTime {
  try {
    return Temporal.PlainDateTime.from(String(value));
  } catch (cause) {
    throw new TidegateError('time-zone-unknown', 'A time of its VTIMEZONE is none.', {}, { cause });
  }
}

/** The first change, and those that a rule adds. Rules of time zones are expanded as if in UTC: their times are wall times. */
function wallTimes(start: unknown, rule: string | undefined, until: Temporal.PlainDate): readonly Temporal.PlainDateTime[] {
  const first = wallOf(start);
  if (rule === undefined) return [first];
  try {
    const end = until.toZonedDateTime('UTC');
    // A yearly rule that began in 1601 gives the same days when it begins near the years that are asked for.
    const near = Temporal.PlainDateTime.compare(first, until.subtract({ years: 10 })) < 0 && !/COUNT|UNTIL|INTERVAL=(?!1\b)/i.test(rule);
    const from = near ? first.with({ year: until.year - 10 }) : first;
    const expanded = new RRuleTemporal({ rruleString: rule, dtstart: from.toZonedDateTime('UTC'), temporal: Temporal });
    const walls: Temporal.PlainDateTime[] = [];
    expanded.all((occurrence) => {
      if (Temporal.ZonedDateTime.compare(occurrence, end) >= 0) return false;
      walls.push(occurrence.toPlainDateTime());
      return walls.length < MAX_TRANSITIONS;
    });
    return walls;
  } catch (cause) {
    throw new TidegateError('time-zone-unknown', 'A rule of its VTIMEZONE is none.', {}, { cause });
  }
}

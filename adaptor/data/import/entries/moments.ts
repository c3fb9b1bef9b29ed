import { Temporal } from 'temporal-polyfill';
import { TidegateError } from '../../../../exchange/errors.ts';
import { parameterOf } from './parameter-of.ts';
import type { Property } from './properties.ts';

/** A date without time; a wall time in a zone (IANA name); or a wall time without zone (floating). */
export type Moment =
  | { readonly kind: 'date'; readonly date: Temporal.PlainDate }
  | { readonly kind: 'zoned'; readonly wall: Temporal.PlainDateTime; readonly zone: string }
  | { readonly kind: 'floating'; readonly wall: Temporal.PlainDateTime };

/** Finds the IANA zone of a TZID. Throws `time-zone-unknown`. */
export type ZoneResolver = (tzid: string, near: Temporal.PlainDateTime) => string;

const DATE = /^(\d{4}-\d{2}-\d{2})(?:T::)?$/;
const DATE_TIME = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(Z?)$/;

/**
 * Reads a DATE or DATE-TIME value as ical.js writes it. A date stays a date, whatever VALUE says; Z is the zone UTC; a TZID is
 * resolved, never dropped. Throws `value-invalid` with the property's name.
 */
export function readMoment(property: Property, value: unknown, zones: ZoneResolver): Moment {
  const text = typeof value === 'string' ? value : '';
  const date = DATE.exec(text)?.[1];
  const [, wallText, utc] = DATE_TIME.exec(text) ?? [];
  try {
    if (date !== undefined) return { kind: 'date', date: Temporal.PlainDate.from(date) };
    if (wallText === undefined) throw new RangeError('neither a date nor a time');
    const wall = Temporal.PlainDateTime.from(wallText);
    if (utc === 'Z') return { kind: 'zoned', wall, zone: 'UTC' };
    const tzid = parameterOf(property, 'tzid');
    return tzid === undefined ? { kind: 'floating', wall } : { kind: 'zoned', wall, zone: zones(tzid, wall) };
  } catch (cause) {
    if (cause instanceof TidegateError) throw cause;
    throw new TidegateError('value-invalid', `${property.name} is no date and no time.`, { property: property.name }, { cause });
  }
}

/** Reads a property's first value. */
export function firstMoment(property: Property, zones: ZoneResolver): Moment {
  return readMoment(property, property.values[0], zones);
}

/** The same instant as a wall time of another moment's zone; dates and floating times stay what they are. */
export function inZoneOf(moment: Moment, other: Moment): Moment {
  if (moment.kind !== 'zoned' || other.kind !== 'zoned' || moment.zone === other.zone) return moment;
  return { kind: 'zoned', wall: moment.wall.toZonedDateTime(moment.zone).withTimeZone(other.zone).toPlainDateTime(), zone: other.zone };
}

/** A moment in ISO 8601 without its zone: `2026-07-30`, `2026-07-30T09:30:00`. */
export function isoText(moment: Moment): string {
  return moment.kind === 'date' ? moment.date.toString() : moment.wall.toString({ smallestUnit: 'second' });
}

/** The instant of a zoned moment in ISO 8601, null for others. */
export function instantText(moment: Moment): string | null {
  return moment.kind === 'zoned' ? moment.wall.toZonedDateTime(moment.zone).toInstant().toString() : null;
}

/**
 * A moment later by a duration (RFC 5545 section 3.3.6): weeks and days count on the calendar, hours and less are exact.
 * Throws `value-invalid` with the property's name.
 */
export function after(moment: Moment, duration: string, property: string): Moment {
  try {
    const length = Temporal.Duration.from(duration);
    if (moment.kind === 'date') return { kind: 'date', date: moment.date.add(length) };
    if (moment.kind === 'floating') return { kind: 'floating', wall: moment.wall.add(length) };
    const later = moment.wall
      .toZonedDateTime(moment.zone)
      .add({ weeks: length.weeks, days: length.days })
      .add(length.with({ weeks: 0, days: 0 }));
    return { ...moment, wall: later.toPlainDateTime() };
  } catch (cause) {
    throw new TidegateError('value-invalid', `${property} is no duration that can be added.`, { property }, { cause });
  }
}

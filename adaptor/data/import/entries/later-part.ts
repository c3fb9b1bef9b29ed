import { Temporal } from 'temporal-polyfill';
import { TidegateError } from '../../../../exchange/errors.ts';
import { type Moment, inZoneOf, isoText } from './moments.ts';
import { isFinite, occurrences, occurrencesOn } from './recurrence.ts';

/* RECURRENCE-ID;RANGE=THISANDFUTURE (RFC 5545 section 3.8.4.4): a series ends, and from there on takes place another way. */

/** A series with one rule. Exceptions are starts in its own zone, ISO 8601. */
export interface RuledSeries {
  readonly start: Moment;
  readonly rule: string;
  readonly exceptions: readonly string[];
}

/** What follows a change: a rule, or where no rule tells it, its occurrences one by one. */
export interface LaterPart {
  readonly rule: string | null;
  readonly exceptions: readonly string[];
  /** Occurrences beside the rule and the start. */
  readonly added: readonly Moment[];
}

/** A change of an occurrence and all later ones: the start that it had, and the start that it has now. */
export interface Change {
  readonly from: Moment;
  readonly to: Moment;
}

const DAYS = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'];

const dateOf = (moment: Moment): Temporal.PlainDate => (moment.kind === 'date' ? moment.date : moment.wall.toPlainDate());

/** A moment of the same kind and zone on another day, at the same time of the day. */
function onDay(moment: Moment, date: Temporal.PlainDate): Moment {
  return moment.kind === 'date' ? { kind: 'date', date } : { ...moment, wall: date.toPlainDateTime(moment.wall.toPlainTime()) };
}

const shiftDays = ({ from, to }: Change): number => dateOf(from).until(dateOf(to)).days;

/** The start of a later occurrence after the change, by the start that it had (ISO 8601). */
function moved(name: string, { from, to }: Change): Moment {
  if (from.kind === 'date' || to.kind === 'date' || name.length === 10)
    return onDay(to, Temporal.PlainDate.from(name.slice(0, 10)).add({ days: shiftDays({ from, to }) }));
  return { ...to, wall: Temporal.PlainDateTime.from(name).add(from.wall.until(to.wall)) };
}

/** The name of a later occurrence (its start, ISO 8601) after the change. */
export const renamed = (name: string, change: Change): string => isoText(moved(name, change));

function partsOf(rule: string): Map<string, string> {
  return new Map(rule.split(';').map((part): [string, string] => [part.slice(0, part.indexOf('=')).toUpperCase(), part.slice(part.indexOf('=') + 1)]));
}

const textOfParts = (parts: ReadonlyMap<string, string>): string => [...parts].map(([name, value]) => `${name}=${value}`).join(';');

const basic = (text: string): string => text.replaceAll(/[-:]/g, '');

/** UNTIL as the kind of start calls for it (RFC 5545 section 3.3.10). */
function untilText(moment: Moment): string {
  if (moment.kind !== 'zoned') return basic(isoText(moment));
  return `${basic(moment.wall.toZonedDateTime(moment.zone).withTimeZone('UTC').toPlainDateTime().toString({ smallestUnit: 'second' }))}Z`;
}

/**
 * A series that ends before an occurrence, its rule null where it has none. One of which nothing is left has a rule of one
 * occurrence, and that one as exception.
 */
export function endedBefore(
  { start, rule, exceptions }: Omit<RuledSeries, 'rule'> & { readonly rule: string | null },
  from: Moment,
): { readonly rule: string | null; readonly exceptions: readonly string[] } {
  const parts = partsOf(rule ?? 'FREQ=DAILY');
  parts.delete('COUNT');
  parts.delete('UNTIL');
  if (isoText(from) <= isoText(start)) {
    parts.set('COUNT', '1');
    return { rule: textOfParts(parts), exceptions: [...new Set([...exceptions, isoText(start)])].toSorted() };
  }
  if (rule === null) return { rule, exceptions };
  const last: Moment = from.kind === 'date' ? { kind: 'date', date: from.date.subtract({ days: 1 }) } : { ...from, wall: from.wall.subtract({ seconds: 1 }) };
  parts.set('UNTIL', untilText(last));
  return { rule: textOfParts(parts), exceptions };
}

/** Whether a rule may have several occurrences a day. */
function isWithinDays(parts: ReadonlyMap<string, string>): boolean {
  return /^(HOURLY|MINUTELY|SECONDLY)$/i.test(parts.get('FREQ') ?? '') || ['BYHOUR', 'BYMINUTE', 'BYSECOND'].some((name) => parts.has(name));
}

/** The rule's parts for occurrences that lie some days off; undefined where no rule has just these. */
function movedParts(parts: ReadonlyMap<string, string>, change: Change): Map<string, string> | undefined {
  const days = shiftDays(change);
  const names = [...parts.keys()].filter((name) => !['FREQ', 'INTERVAL', 'COUNT', 'UNTIL', 'WKST'].includes(name));
  const frequency = parts.get('FREQ')?.toUpperCase();
  if (isWithinDays(parts) && isoText(change.from) !== isoText(change.to)) return undefined;
  if (days === 0) return new Map(parts);
  if (names.length === 0) {
    const [before, after] = [dateOf(change.from), dateOf(change.to)];
    const sameMonth = before.toPlainYearMonth().equals(after.toPlainYearMonth()) && before.day <= 28 && after.day <= 28;
    return frequency === 'DAILY' || frequency === 'WEEKLY' || sameMonth ? new Map(parts) : undefined;
  }
  if (frequency !== 'WEEKLY' || names.join() !== 'BYDAY') return undefined;
  const turned = (day: string): string => DAYS[(((DAYS.indexOf(day.toUpperCase()) + days) % 7) + 7) % 7] ?? '';
  return new Map([...parts, ['BYDAY', (parts.get('BYDAY') ?? '').split(',').map(turned).join(',')], ['WKST', turned(parts.get('WKST') ?? 'MO')]]);
}

/** The end of the later part's rule: as many occurrences as the series had left, or the last day, moved along. */
function endOfLater(parts: Map<string, string>, { start, rule }: RuledSeries, change: Change): void {
  const until = parts.get('UNTIL');
  if (parts.has('COUNT')) {
    const left = occurrences(rule, start, 'RRULE').filter((each) => isoText(each) >= isoText(change.from)).length;
    parts.set('COUNT', String(left));
  } else if (until !== undefined && !isWithinDays(parts)) {
    const last = lastDay(until, start);
    parts.set('UNTIL', untilText(onDay(change.to, last.add({ days: shiftDays(change) }))));
  }
}

/** The last day on which a series may take place by its UNTIL, in its own zone. */
function lastDay(until: string, start: Moment): Temporal.PlainDate {
  const [, year, month, day, hours, minutes, seconds, utc] = /^(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})(Z?))?$/i.exec(until.trim()) ?? [];
  if (year === undefined) throw new TidegateError('value-invalid', 'RRULE is no recurrence rule.', { property: 'RRULE' });
  const date = Temporal.PlainDate.from(`${year}-${month}-${day}`);
  if (start.kind === 'date' || hours === undefined) return date;
  const wall = date.toPlainDateTime({ hour: Number(hours), minute: Number(minutes), second: Number(seconds) });
  const told = utc === 'Z' ? inZoneOf({ kind: 'zoned', wall, zone: 'UTC' }, start) : { ...start, wall };
  if (told.kind === 'date') return date;
  const reached = Temporal.PlainTime.compare(start.wall.toPlainTime(), told.wall.toPlainTime()) <= 0;
  return told.wall.toPlainDate().subtract({ days: reached ? 0 : 1 });
}

/**
 * What a series becomes from a changed occurrence on: all later ones move by the same days, to the new time of the day. Throws
 * `value-invalid` where the series has no such occurrence, and `entry-unsupported` where neither a rule tells the moved ones nor
 * 1,000 occurrences.
 */
export function laterPart(series: RuledSeries, change: Change): LaterPart {
  const from = isoText(change.from);
  if (!occurrencesOn(dateOf(change.from), series.rule, series.start, 'RRULE').some((each) => isoText(each) === from))
    throw new TidegateError('value-invalid', 'Its series has no such occurrence.', { property: 'RECURRENCE-ID' });
  const later = series.exceptions.filter((name) => name >= from);
  const parts = movedParts(partsOf(series.rule), change);
  if (parts !== undefined) {
    endOfLater(parts, series, change);
    return { rule: textOfParts(parts), exceptions: later.map((name) => renamed(name, change)), added: [] };
  }
  if (!isFinite(series.rule))
    throw new TidegateError('entry-unsupported', 'It moves all later occurrences to days that no rule tells, without end.', { property: 'RECURRENCE-ID' });
  const added = occurrences(series.rule, series.start, 'RRULE').filter((each) => isoText(each) > from && !later.includes(isoText(each)));
  return { rule: null, exceptions: [], added: added.map((each) => moved(isoText(each), change)) };
}

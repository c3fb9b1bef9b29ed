import { RRuleTemporal } from 'rrule-temporal';
import { Temporal } from 'temporal-polyfill';
import { TidegateError } from '../../../../exchange/errors.ts';
import { type Moment, inZoneOf, isoText } from './moments.ts';

/** Greatest number of occurrences that a rule is expanded to. */
const MAX_OCCURRENCES = 1000;

/** Dates and floating times are expanded in UTC, where every day has 24 hours. */
function zonedStart(start: Moment): Temporal.ZonedDateTime {
  if (start.kind === 'date') return start.date.toZonedDateTime('UTC');
  return start.wall.toZonedDateTime(start.kind === 'zoned' ? start.zone : 'UTC');
}

/**
 * A rule whose UNTIL has the form that its start calls for (RFC 5545 section 3.3.10: an instant), for exporters that write a
 * date or a wall time there. The rule that is kept is the exporter's own.
 */
function withUntilAsInstant(rule: string, start: Moment): string {
  return rule.replace(/(UNTIL=)(\d{8})(?:T(\d{6})(Z?))?/i, (_whole, name: string, day: string, time: string | undefined, utc: string | undefined) => {
    if (start.kind === 'date') return `${name}${day}T000000Z`;
    if (utc === 'Z') return `${name}${day}T${time}Z`;
    const iso = `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}`;
    const clock = time === undefined ? '23:59:59' : `${time.slice(0, 2)}:${time.slice(2, 4)}:${time.slice(4)}`;
    const until = Temporal.PlainDateTime.from(`${iso}T${clock}`).toZonedDateTime(start.kind === 'zoned' ? start.zone : 'UTC');
    return `${name}${until.withTimeZone('UTC').toPlainDateTime().toString({ smallestUnit: 'second' }).replaceAll(/[-:]/g, '')}Z`;
  });
}

function ruleOf(rule: string, start: Moment, property: string): RRuleTemporal<Temporal.ZonedDateTime> {
  try {
    return new RRuleTemporal({ rruleString: withUntilAsInstant(rule, start), dtstart: zonedStart(start), temporal: Temporal });
  } catch (cause) {
    throw new TidegateError('value-invalid', `${property} is no recurrence rule.`, { property }, { cause });
  }
}

function momentLike(start: Moment, occurrence: Temporal.ZonedDateTime): Moment {
  if (start.kind === 'date') return { kind: 'date', date: occurrence.toPlainDate() };
  return { ...start, wall: occurrence.toPlainDateTime() };
}

/** Checks that a text is a recurrence rule (RFC 5545 section 3.3.10, RFC 7529). Throws `value-invalid` with the property's name. */
export function checkRule(rule: string, start: Moment, property: string): void {
  ruleOf(rule, start, property);
}

/** The first occurrences of a rule, at most so many. Throws `value-invalid`, also where none is found within some thousand steps. */
export function firstOccurrences(max: number, rule: string, start: Moment, property: string): readonly Moment[] {
  const found: Moment[] = [];
  try {
    const parsed = ruleOf(rule, start, property);
    for (let next = parsed.next(zonedStart(start), true); next !== null && found.length < max; next = parsed.next(next, false))
      found.push(momentLike(start, next));
    return found;
  } catch (cause) {
    if (cause instanceof TidegateError) throw cause;
    throw new TidegateError('value-invalid', `${property} does not happen.`, { property }, { cause });
  }
}

/** Whether a rule ends. */
export function isFinite(rule: string): boolean {
  return /(^|;)(COUNT|UNTIL)=/i.test(rule);
}

/** All occurrences of a rule that ends. Throws `value-invalid` for one that does not, or not within 1,000 occurrences. */
export function occurrences(rule: string, start: Moment, property: string): readonly Moment[] {
  const parsed = ruleOf(rule, start, property);
  const found: Moment[] = [];
  const tooMany = (cause?: unknown) =>
    new TidegateError('value-invalid', `${property} does not end within ${MAX_OCCURRENCES} occurrences.`, { property }, { cause });
  if (!isFinite(rule)) throw tooMany();
  try {
    parsed.all((occurrence) => {
      found.push(momentLike(start, occurrence));
      return found.length <= MAX_OCCURRENCES;
    });
  } catch (cause) {
    throw tooMany(cause);
  }
  if (found.length > MAX_OCCURRENCES) throw tooMany();
  return found;
}

/** Occurrences of a rule on one day of its own zone. Throws `value-invalid` where they are more than 1,000. */
export function occurrencesOn(day: Temporal.PlainDate, rule: string, start: Moment, property: string): readonly Moment[] {
  return occurrencesBetween(day, day.add({ days: 1 }), rule, start, property);
}

/** Occurrences of a rule on some days of its own zone, without the last. Throws `value-invalid` where they are more than 1,000. */
export function occurrencesBetween(first: Temporal.PlainDate, after: Temporal.PlainDate, rule: string, start: Moment, property: string): readonly Moment[] {
  const zone = start.kind === 'zoned' ? start.zone : 'UTC';
  const from = first.toZonedDateTime(zone);
  const end = after.toZonedDateTime(zone);
  const found: Moment[] = [];
  try {
    const parsed = ruleOf(rule, start, property);
    for (let next = parsed.next(from, true); next !== null && Temporal.ZonedDateTime.compare(next, end) < 0; next = parsed.next(next, false)) {
      if (found.length >= MAX_OCCURRENCES) throw new RangeError('too many');
      found.push(momentLike(start, next));
    }
  } catch (cause) {
    if (cause instanceof TidegateError) throw cause;
    throw new TidegateError('value-invalid', `${property} names days of more than ${MAX_OCCURRENCES} occurrences.`, { property }, { cause });
  }
  return found;
}

/** What a series is made of, beside its start. Rules are RRULE values. */
export interface RecurrenceParts {
  readonly rules: readonly string[];
  readonly excludedRules: readonly string[];
  readonly addedDates: readonly Moment[];
  readonly excludedDates: readonly Moment[];
}

/** A series with one rule at most: what else it has is expanded. */
export interface PlainRecurrence {
  readonly rule: string | null;
  /** Starts of occurrences that do not take place, in the series' own zone, ISO 8601. */
  readonly exceptions: readonly string[];
  /** Occurrences beside the rule and the start. */
  readonly added: readonly Moment[];
}

/**
 * Brings a series into the form of one rule, exceptions and added occurrences, all in the zone of its start. A second rule
 * and excluding rules (RFC 2445) are expanded, which they must allow by ending. An exception that is a date calls off what the
 * rule has on that day; one in UTC against a floating start means its wall time. Throws `value-invalid`.
 */
export function plainRecurrence(start: Moment, { rules, excludedRules, addedDates, excludedDates }: RecurrenceParts): PlainRecurrence {
  const [rule = null, ...others] = rules;
  for (const each of rules) checkRule(each, start, 'RRULE');
  const kindOf = (moment: Moment, property: string): Moment => {
    const moved = inZoneOf(moment, start);
    if ((moved.kind === 'date') === (start.kind === 'date')) return moved;
    throw new TidegateError('value-invalid', `${property} and DTSTART are not both dates or both times.`, { property });
  };
  const exceptions = new Set<string>();
  for (const each of excludedDates) {
    if (each.kind === 'date' && start.kind !== 'date') {
      const called = rule === null ? [start].filter((moment) => isoText(moment).startsWith(isoText(each))) : occurrencesOn(each.date, rule, start, 'EXDATE');
      for (const moment of called) exceptions.add(isoText(moment));
    } else exceptions.add(isoText(kindOf(each, 'EXDATE')));
  }
  for (const each of excludedRules) for (const moment of occurrences(each, start, 'EXRULE')) exceptions.add(isoText(moment));
  const added = new Map<string, Moment>();
  const more = [...others.flatMap((each) => [...occurrences(each, start, 'RRULE')]), ...addedDates.map((each) => kindOf(each, 'RDATE'))];
  for (const moment of more) {
    const text = isoText(moment);
    if (text !== isoText(start) && !exceptions.has(text)) added.set(text, moment);
  }
  return { rule, exceptions: [...exceptions].toSorted(), added: [...added.values()] };
}

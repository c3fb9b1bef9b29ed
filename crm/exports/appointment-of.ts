import { type Moment, type ZoneResolver, after, firstMoment, inZoneOf, instantText, isoText, readMoment } from '../../adaptor/data/import/entries/moments.ts';
import { parameterOf } from '../../adaptor/data/import/entries/parameter-of.ts';
import { type Properties, type Property, readProperties, textOf } from '../../adaptor/data/import/entries/properties.ts';
import { plainRecurrence } from '../../adaptor/data/import/entries/recurrence.ts';
import { TidegateError } from '../../exchange/errors.ts';
import { lengthOf, timeColumns } from './appointment-times.ts';
import { isPrivate, modifiedOf, sequenceOf } from './common-properties.ts';
import type { LaterOf, Mapping } from './mapped-record.ts';

const NAMES = [
  'ATTENDEE',
  'CLASS',
  'DESCRIPTION',
  'DTEND',
  'DTSTART',
  'DURATION',
  'EXDATE',
  'EXRULE',
  'LAST-MODIFIED',
  'LOCATION',
  'RDATE',
  'RECURRENCE-ID',
  'RRULE',
  'SEQUENCE',
  'STATUS',
  'SUMMARY',
  'UID',
];

const MULTI_DATES = ['EXDATE', 'RDATE'];

/**
 * The end of an appointment, exclusive; null where the export tells none. All-day appointments that end on their first day
 * (some exporters mean one day by that) have no end. Throws `value-invalid`.
 */
function endOf(all: Properties, start: Moment, zones: ZoneResolver): Moment | null {
  const dtend = all.first('DTEND');
  const duration = all.first('DURATION');
  if (dtend !== undefined) {
    const end = inZoneOf(firstMoment(dtend, zones), start);
    if ((end.kind === 'date') !== (start.kind === 'date'))
      throw new TidegateError('value-invalid', 'DTSTART and DTEND are not both dates or both times.', { property: 'DTEND' });
    return withoutLength(start, end);
  }
  return duration === undefined ? null : withoutLength(start, after(start, duration.text.trim(), 'DURATION'));
}

function withoutLength(start: Moment, end: Moment): Moment | null {
  if (isoText(end) < isoText(start)) throw new TidegateError('value-invalid', 'It ends before it begins.', { property: 'DTEND' });
  return start.kind === 'date' && isoText(end) === isoText(start) ? null : end;
}

interface AddedOccurrence {
  readonly start: Moment;
  readonly end: Moment | null;
}

/** RDATE values: starts, and periods with an end of their own (RFC 5545 section 3.8.5.2). Empty ones add nothing. */
function addedOccurrences(properties: readonly Property[], zones: ZoneResolver): readonly AddedOccurrence[] {
  return properties.flatMap((property) =>
    property.text.trim() === ''
      ? []
      : property.values.map((value): AddedOccurrence => {
          if (property.type !== 'period') return { start: readMoment(property, value, zones), end: null };
          const [from, to] = Array.isArray(value) ? value.map(String) : [String(value), ''];
          const start = readMoment(property, from, zones);
          return { start, end: /^[+-]?P/.test(to ?? '') ? after(start, to ?? '', 'RDATE') : readMoment(property, to, zones) };
        }),
  );
}

/** Attendees as the CRM keeps them: name, address, answer. */
function attendeesOf(all: Properties): readonly object[] {
  return all.all('ATTENDEE').map((property) => ({
    name: parameterOf(property, 'cn') ?? null,
    email: (textOf(property) ?? '').replace(/^mailto:/i, '').trim(),
    status: (parameterOf(property, 'partstat') ?? 'needs-action').toLowerCase(),
  }));
}

/**
 * An appointment from a VEVENT (RFC 5545). A series has one rule, exceptions and overrides; occurrences that its RDATEs or
 * further rules add become overrides of their own. Throws `value-invalid`, `time-zone-unknown`, `entry-unsupported`.
 */
export const appointmentOf: Mapping = ({ component, calendar }, { zones, charset }) => {
  const all = readProperties(component, NAMES, { format: 'icalendar', charset });
  const around = readProperties({ lines: [...calendar.lines] }, ['METHOD', 'VERSION'], { format: 'icalendar', charset });
  const method = textOf(around.first('METHOD'))?.trim().toUpperCase();
  if (method !== undefined && ['REPLY', 'REFRESH', 'COUNTER', 'DECLINECOUNTER'].includes(method))
    throw new TidegateError('entry-unsupported', 'It is an answer to an invitation (iTIP), no appointment.');
  const dtstart = all.first('DTSTART');
  if (dtstart === undefined) throw new TidegateError('value-invalid', 'It has no start (DTSTART).', { property: 'DTSTART' });
  const recurs = ['RRULE', 'EXRULE', 'RDATE', 'EXDATE'].some((name) => all.first(name) !== undefined);
  const resolve = recurs ? zones.resolve : zones.resolveOnce;
  const start = firstMoment(dtstart, resolve);
  const end = endOf(all, start, resolve);
  const id = all.first('RECURRENCE-ID');
  const uid = textOf(all.first('UID'))?.trim() ?? null;
  const named = id === undefined ? null : firstMoment(id, resolve);
  const range = id === undefined ? undefined : parameterOf(id, 'range');
  const later = named === null || range === undefined ? undefined : laterOf(all, range, uid, named);
  const occurrence = range === undefined ? named : null;
  const content = {
    summary: textOf(all.first('SUMMARY')) ?? '',
    description: textOf(all.first('DESCRIPTION')),
    location: textOf(all.first('LOCATION')),
    status: method === 'CANCEL' ? 'cancelled' : statusOf(all),
    attendees: attendeesOf(all),
    private: isPrivate(all),
  };
  const periods = addedOccurrences(all.all('RDATE'), resolve);
  const recurrence = plainRecurrence(start, {
    rules: all.all('RRULE').map(ruleText),
    excludedRules: all.all('EXRULE').map(ruleText),
    addedDates: periods.map((period) => period.start),
    excludedDates: all
      .all('EXDATE')
      .flatMap((property) => (property.text.trim() === '' ? [] : property.values.map((value) => readMoment(property, value, resolve)))),
  });
  const ends = new Map(periods.map((period) => [isoText(inZoneOf(period.start, start)), period.end]));
  const shifted = lengthOf(start, end);
  const isOverride = occurrence !== null;
  return {
    kind: 'appointment',
    uid: later === undefined ? uid : `${later.uid}_R${(later.instant ?? later.text).replaceAll(/[-:]/g, '')}`,
    occurrence: occurrence === null ? null : { text: isoText(occurrence), instant: instantText(occurrence) },
    // An override stands for one occurrence: rules that exporters repeat in it say nothing (RFC 5545 section 3.8.4.4).
    values: { ...content, ...timeColumns(start, end), recurrence: isOverride ? null : recurrence.rule, exceptions: isOverride ? [] : recurrence.exceptions },
    added: isOverride
      ? []
      : recurrence.added.map((at) => {
          const own = ends.get(isoText(at)) ?? null;
          return {
            text: isoText(at),
            values: { ...content, ...timeColumns(at, own === null ? shifted(at) : inZoneOf(own, at)), recurrence: null, exceptions: [] },
          };
        }),
    ...(later === undefined ? {} : { later }),
    sequence: sequenceOf(all),
    modified: modifiedOf(all.first('LAST-MODIFIED')),
    version: textOf(around.first('VERSION')),
    timeZones: zonesUsed([dtstart, all.first('DTEND'), id, ...MULTI_DATES.flatMap((name) => all.all(name))]),
  };
};

/**
 * What a RECURRENCE-ID changes that stands for all later occurrences too (RFC 5545 section 3.2.13); undefined where it names no
 * series and says itself when it takes place. Throws `entry-unsupported` for another range, and where nothing says when it does.
 */
function laterOf(all: Properties, range: string, uid: string | null, at: Moment): LaterOf | undefined {
  const own = ['RRULE', 'RDATE'].some((name) => all.all(name).some(({ text }) => text.trim() !== ''));
  if (range.toUpperCase() !== 'THISANDFUTURE' || (uid === null && !own))
    throw new TidegateError('entry-unsupported', 'It changes all earlier occurrences, or those of no series (RANGE).', { property: 'RECURRENCE-ID' });
  return uid === null ? undefined : { uid, text: isoText(at), instant: instantText(at), own };
}

/** A rule without the blanks in its lists and the semicolon behind it that some exporters write. */
function ruleText({ text }: Property): string {
  return text.replaceAll(/\s|;+\s*$/g, '');
}

function statusOf(all: Properties): 'confirmed' | 'tentative' | 'cancelled' {
  const status = textOf(all.first('STATUS'))?.trim().toLowerCase();
  return status === 'tentative' || status === 'cancelled' ? status : 'confirmed';
}

/** TZIDs that properties name. */
export function zonesUsed(properties: readonly (Property | undefined)[]): readonly string[] {
  return [...new Set(properties.flatMap((property) => (property === undefined ? [] : (parameterOf(property, 'tzid') ?? []))))];
}

import { Temporal } from 'temporal-polyfill';
import { WINDOWS_TO_IANA_MAP } from 'windows-iana';
import { type Transition, transitionsOf } from './observances.ts';
import type { Component } from './read-entries.ts';
import { zoneByName } from './zone-names.ts';

/** Zones that CLDR takes for whole regions come first, so that of zones with the same rules the usual one is found. */
const CANDIDATES: readonly string[] = [
  ...new Set([...WINDOWS_TO_IANA_MAP.filter(({ territory }) => territory === '001').flatMap(({ iana }) => iana), ...Intl.supportedValuesOf('timeZone')]),
];

/** Years around an entry, and minutes around a change of the clock, in which a zone has to agree: the strictest first. */
const ATTEMPTS = [
  { yearsBefore: 1, years: 4, minutes: 1 },
  // Some exporters write both changes at the same hour of the clock.
  { yearsBefore: 1, years: 4, minutes: 61 },
  // Some exporters write the rule of one year as if it held always.
  { yearsBefore: 0, years: 1, minutes: 61 },
] as const;

interface Expected {
  readonly at: Temporal.Instant;
  /** Seconds east of UTC. */
  readonly offset: number;
}

function agrees(zone: string, expected: readonly Expected[]): boolean {
  try {
    return expected.every(({ at, offset }) => at.toZonedDateTimeISO(zone).offsetNanoseconds / 1e9 === offset);
  } catch {
    return false;
  }
}

/** The offset that holds at an instant; before the first change the one that this change ends. */
function offsetAt(transitions: readonly Transition[], at: Temporal.Instant): number | undefined {
  return transitions.findLast((transition) => Temporal.Instant.compare(transition.at, at) <= 0)?.offsetTo ?? transitions[0]?.offsetFrom;
}

/** Offsets around each change within some years, and on the first of each month, where a change would betray another zone. */
function expectations(transitions: readonly Transition[], from: Temporal.ZonedDateTime, years: number, minutes: number): readonly Expected[] {
  const until = from.add({ years });
  const inside = transitions.filter(({ at }) => Temporal.Instant.compare(at, from.toInstant()) > 0 && Temporal.Instant.compare(at, until.toInstant()) < 0);
  const around = inside.flatMap(({ at, offsetFrom, offsetTo }) => [
    { at: at.subtract({ minutes }), offset: offsetFrom },
    { at: at.add({ minutes }), offset: offsetTo },
  ]);
  const monthly = Array.from({ length: 12 * years }, (_month, i) => {
    const at = from.add({ months: i, days: 14 }).toInstant();
    return { at, offset: offsetAt(transitions, at) ?? 0 };
  });
  return [...monthly, ...around];
}

/** The changes of a definition's clock up to some years after a wall time. */
function transitionsNear(vtimezone: Component, near: Temporal.PlainDateTime): readonly Transition[] {
  return transitionsOf(vtimezone, Temporal.PlainDate.from({ year: near.year + 4, month: 1, day: 1 }));
}

/**
 * The IANA zone whose offsets are those of a VTIMEZONE in the years around a wall time, or at least in its year. Undefined where
 * there is none. Throws `time-zone-unknown` where the definition cannot be read.
 */
export function zoneByRules(vtimezone: Component, near: Temporal.PlainDateTime): string | undefined {
  const transitions = transitionsNear(vtimezone, near);
  if (transitions.length === 0) return undefined;
  for (const { yearsBefore, years, minutes } of ATTEMPTS) {
    const from = Temporal.PlainDate.from({ year: near.year - yearsBefore, month: 1, day: 1 }).toZonedDateTime('UTC');
    const expected = expectations(transitions, from, years, minutes);
    const found = CANDIDATES.find((zone) => agrees(zone, expected));
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * The zone of fixed offset that a VTIMEZONE means at one wall time, for what takes place once: `Etc/GMT-12`. Undefined where
 * the offset is no whole hour. Throws `time-zone-unknown` where the definition cannot be read.
 */
export function fixedZoneByRules(vtimezone: Component, near: Temporal.PlainDateTime): string | undefined {
  const transitions = transitionsNear(vtimezone, near);
  const wallOf = ({ at, offsetFrom }: Transition) => at.add({ seconds: offsetFrom }).toZonedDateTimeISO('UTC').toPlainDateTime();
  const last = transitions.findLast((transition) => Temporal.PlainDateTime.compare(wallOf(transition), near) <= 0);
  const hours = (last?.offsetTo ?? transitions[0]?.offsetFrom ?? Number.NaN) / 3600;
  return Number.isInteger(hours) ? zoneByName(`UTC${hours < 0 ? '-' : '+'}${Math.abs(hours)}`) : undefined;
}

/**
 * The IANA zone whose offsets are those of a VTIMEZONE in some years, of which alone it tells the changes: to the minute, else to
 * the hour. Undefined where there is none. Throws `time-zone-unknown` where the definition cannot be read.
 */
export function zoneByYears(vtimezone: Component, years: readonly number[]): string | undefined {
  const transitions = transitionsOf(vtimezone, Temporal.PlainDate.from({ year: Math.max(...years) + 1, month: 1, day: 1 }));
  for (const minutes of [1, 61]) {
    const expected = years.flatMap((year) => expectations(transitions, Temporal.PlainDate.from({ year, month: 1, day: 1 }).toZonedDateTime('UTC'), 1, minutes));
    const found = CANDIDATES.find((zone) => agrees(zone, expected));
    if (found !== undefined) return found;
  }
  return undefined;
}

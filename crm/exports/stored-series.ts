import type { PoolClient } from 'pg';
import { Temporal } from 'temporal-polyfill';
import { controlRows } from '../../adaptor/data/control-rows.ts';
import { type Moment, inZoneOf } from '../../adaptor/data/import/entries/moments.ts';
import { isZone } from '../../adaptor/data/import/entries/zone-names.ts';
import type { LaterOf } from './mapped-record.ts';

/** When an appointment takes place, as the CRM holds it. */
export interface Times {
  readonly all_day: boolean;
  readonly start_date: string | null;
  readonly end_date: string | null;
  readonly starts_at: string | null;
  readonly ends_at: string | null;
  readonly time_zone: string | null;
  readonly recurrence: string | null;
  readonly exceptions: readonly string[];
}

/** An appointment, and what is kept beside it of a series that was split: its rule before and after. */
export interface Stored extends Times {
  readonly id: string;
  readonly uid: string;
  readonly residue: {
    readonly import?: { readonly later?: LaterOf; readonly values?: { readonly recurrence?: string | null } };
    readonly split?: { readonly whole: string | null; readonly rule: string | null };
  };
}

/** When it begins. */
export function startOf({ all_day: allDay, start_date: date, starts_at: wall, time_zone: zone }: Times): Moment {
  if (allDay) return { kind: 'date', date: Temporal.PlainDate.from(date ?? '') };
  const at = Temporal.PlainDateTime.from(wall ?? '');
  return zone === null ? { kind: 'floating', wall: at } : { kind: 'zoned', wall: at, zone };
}

/** When it ends; null where that is not told. */
export function endOf({ end_date: date, ends_at: wall, ...times }: Times): Moment | null {
  return (times.all_day ? date : wall) === null ? null : startOf({ ...times, start_date: date, end_date: null, starts_at: wall, ends_at: null });
}

/** The start that a change stands for, told as its series tells times. */
export function fromOf({ text, instant }: LaterOf, start: Moment): Moment {
  if (start.kind === 'date') return { kind: 'date', date: Temporal.PlainDate.from(text.slice(0, 10)) };
  if (text.length === 10) return { ...start, wall: Temporal.PlainDate.from(text).toPlainDateTime(start.wall.toPlainTime()) };
  if (instant === null || start.kind === 'floating') return { ...start, wall: Temporal.PlainDateTime.from(text) };
  return inZoneOf({ kind: 'zoned', wall: Temporal.Instant.from(instant).toZonedDateTimeISO('UTC').toPlainDateTime(), zone: 'UTC' }, start);
}

/** The rule of a series before an import ended it, null where it has none; undefined where a user gave it another one since. */
export function wholeRule({ recurrence, residue: { split, import: known } }: Stored): string | null | undefined {
  if (split === undefined) return recurrence;
  if (recurrence === split.rule) return split.whole;
  return recurrence === known?.values?.recurrence ? recurrence : undefined;
}

/** Occurrences of a series that are records of their own: by their starts, and whether the series itself added them. */
export interface Occurrence {
  readonly name: string;
  readonly derived: boolean;
}

/** Reads the occurrences of a series that are records of their own. */
export async function occurrencesOf(client: PoolClient, id: string): Promise<readonly Occurrence[]> {
  return controlRows<Occurrence>(
    client,
    `select recurrence_id as name, coalesce((residue #>> '{import,derived}')::boolean, false) as derived from crm.appointments where series_id = $1`,
    [id],
  );
}

/** What of an appointment a `Stored` is read from. */
export const STORED_COLUMNS = `id, uid, all_day, start_date::text, end_date::text, to_char(starts_at, 'YYYY-MM-DD"T"HH24:MI:SS') as starts_at,
  to_char(ends_at, 'YYYY-MM-DD"T"HH24:MI:SS') as ends_at, time_zone, recurrence, exceptions, residue`;

/** Whether the times of an appointment can be reckoned with: its zone is one that this runtime knows. */
export const isReckonable = ({ time_zone: zone }: Times): boolean => zone === null || isZone(zone);

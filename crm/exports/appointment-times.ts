import { type Moment, after, isoText } from '../../adaptor/data/import/entries/moments.ts';
import type { ColumnValues } from './mapped-record.ts';

/** When an appointment takes place, in the CRM's columns. Its end is told in the zone of its start. */
export function timeColumns(start: Moment, end: Moment | null): ColumnValues {
  if (start.kind === 'date')
    return { all_day: true, start_date: isoText(start), end_date: end === null ? null : isoText(end), starts_at: null, ends_at: null, time_zone: null };
  const zone = start.kind === 'zoned' ? start.zone : null;
  return { all_day: false, start_date: null, end_date: null, starts_at: isoText(start), ends_at: end === null ? null : isoText(end), time_zone: zone };
}

/** Shifts the end of the series along with an occurrence's start. */
export function lengthOf(start: Moment, end: Moment | null): (occurrence: Moment) => Moment | null {
  if (end === null) return () => null;
  if (start.kind === 'date' && end.kind === 'date') return (at) => after(at, end.date.since(start.date).toString(), 'DTEND');
  if (start.kind === 'zoned' && end.kind === 'zoned') {
    const length = start.wall.toZonedDateTime(start.zone).until(end.wall.toZonedDateTime(end.zone));
    return (at) => after(at, length.toString(), 'DTEND');
  }
  if (start.kind === 'floating' && end.kind === 'floating') return (at) => after(at, start.wall.until(end.wall, { largestUnit: 'hours' }).toString(), 'DTEND');
  return () => null;
}

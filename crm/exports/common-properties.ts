import { Temporal } from 'temporal-polyfill';
import { type Properties, type Property, textOf } from '../../adaptor/data/import/entries/properties.ts';

/** Whether CLASS keeps an entry from others. A class that is not known is private (RFC 5545 section 3.8.1.3). */
export function isPrivate(all: Properties): boolean {
  const value = textOf(all.first('CLASS'))?.trim().toLowerCase();
  return value !== undefined && value !== 'public';
}

/** When the entry was last changed, as ISO 8601 in UTC; null where that is not told, or not readable. */
export function modifiedOf(property: Property | undefined): string | null {
  const text = property?.text.trim() ?? '';
  const match = /^(\d{4})-?(\d{2})-?(\d{2})(?:T(\d{2}):?(\d{2}):?(\d{2})(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?$/.exec(text);
  if (match === null) return null;
  const [, year, month, day, hour = '00', minute = '00', second = '00'] = match;
  try {
    return Temporal.Instant.from(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`).toString();
  } catch {
    return null;
  }
}

/** SEQUENCE (RFC 5545 section 3.8.7.4); 0 where there is none. */
export function sequenceOf(all: Properties): number {
  const value = Number(all.first('SEQUENCE')?.text.trim() ?? 0);
  return Number.isSafeInteger(value) && value >= 0 && value < 2 ** 31 ? value : 0;
}

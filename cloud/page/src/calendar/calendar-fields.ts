import type { Collection } from '../records/collections.ts';

/** Whether a collection can be looked at as a calendar: it has days, times and a rule of repetition (cloud/records/read-calendar.ts). */
export function isCalendar({ fields }: Collection): boolean {
  return ['startDate', 'endDate', 'startsAt', 'endsAt', 'timeZone', 'recurrence', 'seriesId'].every((name) => fields.some((field) => field.name === name));
}

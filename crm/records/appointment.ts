import { z } from 'zod';
import type { Fault } from './faults.ts';
import { dateSchema, neededText, optionalText, timeZoneSchema, wallTimeSchema } from './field-kinds.ts';

/** States of an appointment, as in iCalendar. */
export const APPOINTMENT_STATUSES = ['confirmed', 'tentative', 'cancelled'] as const;

/**
 * What a user may enter of an appointment. All-day ones have dates, the end exclusive; others have wall times, in a zone or
 * floating (no zone: the same hour wherever one is).
 */
export const appointmentFieldsSchema = z.strictObject({
  summary: neededText(),
  description: optionalText(100_000),
  location: optionalText(),
  allDay: z.boolean(),
  startDate: dateSchema.nullable(),
  endDate: dateSchema.nullable(),
  startsAt: wallTimeSchema.nullable(),
  endsAt: wallTimeSchema.nullable(),
  timeZone: timeZoneSchema.nullable(),
  status: z.enum(APPOINTMENT_STATUSES),
  private: z.boolean(),
});

/** What a user may enter of an appointment. */
export type AppointmentFields = z.output<typeof appointmentFieldsSchema>;

/** An appointment of which nothing is known yet. */
export const EMPTY_APPOINTMENT: AppointmentFields = {
  summary: '',
  description: null,
  location: null,
  allDay: false,
  startDate: null,
  endDate: null,
  startsAt: null,
  endsAt: null,
  timeZone: null,
  status: 'confirmed',
  private: false,
};

/** What is wrong with an appointment as a whole. */
export function appointmentFaults({ allDay, startDate, endDate, startsAt, endsAt, timeZone }: AppointmentFields): readonly Fault[] {
  const faults: Fault[] = [];
  const needed = (field: string): void => void faults.push({ field, fault: 'needed', message: 'is needed' });
  const ordered = (field: string): void => void faults.push({ field, fault: 'order', message: 'lies before the start' });
  if (allDay) {
    if (startDate === null) needed('startDate');
    else if (endDate !== null && endDate <= startDate) ordered('endDate');
    if (startsAt !== null || endsAt !== null || timeZone !== null) faults.push({ field: 'allDay', fault: 'not-all-day', message: 'excludes times and a zone' });
  } else {
    if (startsAt === null) needed('startsAt');
    else if (endsAt !== null && endsAt < startsAt) ordered('endsAt');
    if (startDate !== null || endDate !== null) faults.push({ field: 'allDay', fault: 'not-all-day', message: 'is needed for dates without times' });
  }
  return faults;
}

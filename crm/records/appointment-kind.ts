import { randomUUID } from 'node:crypto';
import { type Appointment, Prisma } from '../../prisma/generated/crm/client.ts';
import {
  APPOINTMENT_STATUSES,
  EMPTY_APPOINTMENT,
  type AppointmentFields,
  appointmentFaults,
  appointmentFieldsSchema,
  type SeriesFields,
} from './appointment.ts';
import { dateText, dateValue, wallTimeText, wallTimeValue } from './local-times.ts';
import { appointmentFiltersSchema } from './filters.ts';
import { happensRuleSchema, renamedExceptions, renameReplaced } from './series.ts';
import type { RecordKind } from './record-store.ts';

/** An appointment as it is read: with the series that it belongs to, and what that leaves out. */
export type ReadAppointment = AppointmentFields & SeriesFields;

/** Appointments in the store. */
export const appointmentKind: RecordKind<ReadAppointment, Appointment> = {
  table: 'crm.appointments',
  fields: appointmentFieldsSchema.extend({ recurrence: happensRuleSchema.nullable() }),
  filters: appointmentFiltersSchema,
  empty: EMPTY_APPOINTMENT,
  faults: appointmentFaults,
  delegate: (client) => client.appointment,
  scalars: Object.keys(Prisma.AppointmentScalarFieldEnum),
  toFields: (row) => ({
    summary: row.summary,
    description: row.description,
    location: row.location,
    allDay: row.allDay,
    startDate: dateText(row.startDate),
    endDate: dateText(row.endDate),
    startsAt: wallTimeText(row.startsAt),
    endsAt: wallTimeText(row.endsAt),
    timeZone: row.timeZone,
    status: APPOINTMENT_STATUSES.find((status) => status === row.status) ?? 'confirmed',
    private: row.private,
    recurrence: row.recurrence,
    seriesId: row.seriesId,
    exceptions: Array.isArray(row.exceptions) ? row.exceptions.map(String) : [],
  }),
  toData: ({ startDate, endDate, startsAt, endsAt, ...others }, before) => {
    const data = {
      ...others,
      ...(startDate === undefined ? {} : { startDate: dateValue(startDate) }),
      ...(endDate === undefined ? {} : { endDate: dateValue(endDate) }),
      ...(startsAt === undefined ? {} : { startsAt: wallTimeValue(startsAt) }),
      ...(endsAt === undefined ? {} : { endsAt: wallTimeValue(endsAt) }),
    };
    // RFC 7986: a UID is globally unique and says nothing of who made it.
    if (before === null) return { ...data, uid: randomUUID() };
    const exceptions = renamedExceptions(before, { ...before, ...data });
    return exceptions === undefined ? data : { ...data, exceptions };
  },
  follow: renameReplaced,
};

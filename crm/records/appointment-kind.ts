import { randomUUID } from 'node:crypto';
import { type Appointment, Prisma } from '../../prisma/generated/crm/client.ts';
import { APPOINTMENT_STATUSES, EMPTY_APPOINTMENT, type AppointmentFields, appointmentFaults, appointmentFieldsSchema } from './appointment.ts';
import { dateText, dateValue, wallTimeText, wallTimeValue } from './local-times.ts';
import { appointmentFiltersSchema } from './filters.ts';
import type { RecordKind } from './record-store.ts';

/** An appointment as it is read: with its recurrence, which the page shows and does not change. */
export type ReadAppointment = AppointmentFields & { readonly recurrence?: string | null };

/** Appointments in the store. */
export const appointmentKind: RecordKind<ReadAppointment, Appointment> = {
  table: 'crm.appointments',
  fields: appointmentFieldsSchema,
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
  }),
  toData: ({ startDate, endDate, startsAt, endsAt, ...others }, before) => ({
    ...others,
    ...(startDate === undefined ? {} : { startDate: dateValue(startDate) }),
    ...(endDate === undefined ? {} : { endDate: dateValue(endDate) }),
    ...(startsAt === undefined ? {} : { startsAt: wallTimeValue(startsAt) }),
    ...(endsAt === undefined ? {} : { endsAt: wallTimeValue(endsAt) }),
    // RFC 7986: a UID is globally unique and says nothing of who made it.
    ...(before === null ? { uid: randomUUID() } : {}),
  }),
};

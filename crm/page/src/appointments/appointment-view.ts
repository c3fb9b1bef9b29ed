import { isKept } from '../../../../web/page/dates/typed-dates.ts';
import { APPOINTMENT_STATUSES, appointmentFaults, type AppointmentFields, appointmentFieldsSchema, EMPTY_APPOINTMENT } from '../../../records/appointment.ts';
import type { Appointment } from '../api/answers.ts';
import { formatDay, formatTimeOfDay, formatWallTime, shiftDay } from '../app/format.ts';
import { PRIVATE_FILTER, YES_NO } from '../records/private-filter.ts';
import type { RecordView } from '../records/record-view.ts';
import { texts } from '../texts/texts.ts';
import { AppointmentInputs } from './appointment-inputs.tsx';
import { simpleText } from './repetition-words.ts';

/** Appointments on the page. */
export const appointmentView: RecordView<AppointmentFields, Appointment> = {
  kind: 'appointments',
  table: 'crm.appointments',
  one: texts.appointment.one,
  labels: texts.appointment,
  schema: appointmentFieldsSchema,
  empty: EMPTY_APPOINTMENT,
  faults: appointmentFaults,
  nameOf: ({ summary }) => summary || texts.appointment.unnamed,
  detailOf: (appointment) => [whenText(appointment), appointment.location ?? ''].filter(Boolean).join(', '),
  // People name the last day; the store holds the day after.
  present: (fields) => ({ ...fields, endDate: fields.endDate === null ? null : shiftDay(fields.endDate, -1) }),
  settle: (fields) =>
    fields.allDay
      ? { ...fields, startsAt: null, endsAt: null, timeZone: null, endDate: dayAfter(fields.endDate) }
      : { ...fields, startDate: null, endDate: null },
  show: (field, value) => {
    if (field === 'status') return texts.appointment.statuses[value as AppointmentFields['status']];
    if (typeof value !== 'string') return undefined;
    if (field === 'startDate') return formatDay(value);
    if (field === 'endDate') return formatDay(shiftDay(value, -1));
    if (field === 'recurrence') return simpleText(value) ?? value;
    return field === 'startsAt' || field === 'endsAt' ? formatWallTime(value) : undefined;
  },
  filters: [
    { name: 'from', label: texts.appointment.from, type: 'day' },
    { name: 'to', label: texts.appointment.to, type: 'day' },
    {
      name: 'status',
      label: texts.appointment.status,
      type: 'choice',
      choices: APPOINTMENT_STATUSES.map((value) => ({ value, label: texts.appointment.statuses[value] })),
    },
    { name: 'recurring', label: texts.appointment.recurring, type: 'choice', choices: YES_NO },
    PRIVATE_FILTER,
  ],
  Inputs: AppointmentInputs,
};

/** The day after the last one that was entered; what is no day stays, and is refused. */
function dayAfter(entered: string | null): string | null {
  return entered !== null && isKept('day', entered) ? shiftDay(entered, 1) : entered;
}

/** When an appointment is, in one line. */
export function whenText({ allDay, startDate, endDate, startsAt, endsAt, timeZone }: AppointmentFields): string {
  if (allDay) {
    const last = endDate === null ? startDate : shiftDay(endDate, -1);
    if (startDate === null) return '';
    return last === null || last === startDate ? formatDay(startDate) : `${formatDay(startDate)} – ${formatDay(last)}`;
  }
  if (startsAt === null) return '';
  const sameDay = endsAt?.slice(0, 10) === startsAt.slice(0, 10);
  const until = endsAt === null ? '' : ` – ${sameDay ? formatTimeOfDay(endsAt.slice(11)) : formatWallTime(endsAt)}`;
  return `${formatWallTime(startsAt)}${until}${timeZone === null ? '' : ` (${timeZone})`}`;
}

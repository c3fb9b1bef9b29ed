import { Select, SimpleGrid, Switch, Text, Textarea, TextInput } from '@mantine/core';
import type { ReactNode } from 'react';
import { APPOINTMENT_STATUSES, type AppointmentFields } from '../../../records/appointment.ts';
import type { Appointment } from '../api/answers.ts';
import type { RecordFormOf } from '../records/record-view.ts';
import { TimeZoneInput } from '../records/time-zone-input.tsx';
import { texts } from '../texts/texts.ts';

const words = texts.appointment;
const STATUSES = APPOINTMENT_STATUSES.map((value) => ({ value, label: words.statuses[value] }));

/** The inputs of an appointment: days, or wall times in a zone. */
export function AppointmentInputs({ form, record }: { readonly form: RecordFormOf<AppointmentFields>; readonly record: Appointment | null }): ReactNode {
  const { allDay } = form.values;
  const change = (checked: boolean): void => {
    // What was entered for one kind is the proposal for the other.
    const { startDate, startsAt } = form.values;
    if (checked && startDate === '' && startsAt !== '') form.setFieldValue('startDate', startsAt.slice(0, 10));
    if (!checked && startsAt === '' && startDate !== '') form.setFieldValue('startsAt', `${startDate}T09:00`);
    form.setFieldValue('allDay', checked);
  };
  return (
    <>
      <TextInput label={words.summary} required {...form.getInputProps('summary')} />
      <Switch label={words.allDay} {...form.getInputProps('allDay', { type: 'checkbox' })} onChange={(event) => change(event.currentTarget.checked)} />
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
        {allDay ? (
          <>
            <TextInput key="startDate" type="date" label={words.startDate} required {...form.getInputProps('startDate')} />
            <TextInput key="endDate" type="date" label={words.endDate} {...form.getInputProps('endDate')} />
          </>
        ) : (
          <>
            <TextInput key="startsAt" type="datetime-local" label={words.startsAt} required {...form.getInputProps('startsAt')} />
            <TextInput key="endsAt" type="datetime-local" label={words.endsAt} {...form.getInputProps('endsAt')} />
          </>
        )}
      </SimpleGrid>
      {!allDay && <TimeZoneInput label={words.timeZone} placeholder={words.floating} inputProps={form.getInputProps('timeZone')} />}
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
        <TextInput label={words.location} {...form.getInputProps('location')} />
        <Select label={words.status} data={STATUSES} allowDeselect={false} {...form.getInputProps('status')} />
      </SimpleGrid>
      {record?.recurrence != null && (
        <Text size="sm" className="breakable">
          {words.recurrence}: {record.recurrence}
        </Text>
      )}
      <Textarea label={words.description} autosize minRows={3} maxRows={12} {...form.getInputProps('description')} />
      <Switch label={words.private} description={texts.record.privateHelp} {...form.getInputProps('private', { type: 'checkbox' })} />
    </>
  );
}

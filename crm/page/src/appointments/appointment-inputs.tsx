import { Group, Select, SimpleGrid, Skeleton, Switch, Text, Textarea, TextInput } from '@mantine/core';
import { lazy, type ReactNode, Suspense } from 'react';
import { isKept } from '../../../../web/page/dates/typed-dates.ts';
import { APPOINTMENT_STATUSES, type AppointmentFields } from '../../../records/appointment.ts';
import type { Appointment } from '../api/answers.ts';
import { RoutedAnchor } from '../app/routed.tsx';
import { DateField } from '../records/date-field.tsx';
import type { RecordFormOf } from '../records/record-view.ts';
import { TimeZoneInput } from '../records/time-zone-input.tsx';
import { texts } from '../texts/texts.ts';

const words = texts.appointment;
const STATUSES = APPOINTMENT_STATUSES.map((value) => ({ value, label: words.statuses[value] }));

/** What reads rules is heavy, and not everybody opens an appointment first. */
const RecurrenceInput = lazy(async () => ({ default: (await import('./recurrence-input.tsx')).RecurrenceInput }));

/** The inputs of an appointment: days, or wall times in a zone, once or repeated. */
export function AppointmentInputs({ form, record }: { readonly form: RecordFormOf<AppointmentFields>; readonly record: Appointment | null }): ReactNode {
  const { allDay } = form.values;
  const change = (checked: boolean): void => {
    // What was entered for one kind is the proposal for the other.
    const { startDate, startsAt } = form.values;
    if (checked && startDate === '' && isKept('moment', startsAt)) form.setFieldValue('startDate', startsAt.slice(0, 10));
    if (!checked && startsAt === '' && isKept('day', startDate)) form.setFieldValue('startsAt', `${startDate}T09:00`);
    form.setFieldValue('allDay', checked);
  };
  return (
    <>
      <TextInput label={words.summary} required {...form.getInputProps('summary')} />
      <Switch label={words.allDay} {...form.getInputProps('allDay', { type: 'checkbox' })} onChange={(event) => change(event.currentTarget.checked)} />
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
        {allDay ? (
          <>
            <DateField key="startDate" kind="day" label={words.startDate} required inputProps={form.getInputProps('startDate')} />
            <DateField key="endDate" kind="day" label={words.endDate} inputProps={form.getInputProps('endDate')} />
          </>
        ) : (
          <>
            <DateField key="startsAt" kind="moment" label={words.startsAt} required inputProps={form.getInputProps('startsAt')} />
            <DateField key="endsAt" kind="moment" label={words.endsAt} inputProps={form.getInputProps('endsAt')} />
          </>
        )}
      </SimpleGrid>
      {!allDay && <TimeZoneInput label={words.timeZone} placeholder={words.floating} inputProps={form.getInputProps('timeZone')} />}
      {record?.seriesId == null ? <Repeats form={form} exceptions={record?.exceptions ?? []} /> : <OneOfSeries seriesId={record.seriesId} />}
      {record?.recurrence != null && (
        <Text size="sm" c="dimmed">
          {texts.recurrence.everyOne}
        </Text>
      )}
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
        <TextInput label={words.location} {...form.getInputProps('location')} />
        <Select label={words.status} data={STATUSES} allowDeselect={false} {...form.getInputProps('status')} />
      </SimpleGrid>
      <Textarea label={words.description} autosize minRows={3} maxRows={12} {...form.getInputProps('description')} />
      <Switch label={words.private} description={texts.record.privateHelp} {...form.getInputProps('private', { type: 'checkbox' })} />
    </>
  );
}

function Repeats({ form, exceptions }: { readonly form: RecordFormOf<AppointmentFields>; readonly exceptions: readonly string[] }): ReactNode {
  const { value, error, 'data-path': path } = form.getInputProps('recurrence') as { value: string; error: ReactNode; 'data-path': string };
  return (
    <Suspense fallback={<Skeleton h={60} />}>
      <RecurrenceInput
        rule={value}
        start={form.values}
        exceptions={exceptions}
        error={error}
        path={{ 'data-path': path }}
        change={(rule) => form.setFieldValue('recurrence', rule)}
      />
    </Suspense>
  );
}

function OneOfSeries({ seriesId }: { readonly seriesId: string }): ReactNode {
  return (
    <Group gap="xs">
      <Text size="sm">{texts.recurrence.oneOfSeries}</Text>
      <RoutedAnchor to="/$kind/$id" params={{ kind: 'appointments', id: seriesId }} size="sm">
        {texts.recurrence.openSeries}
      </RoutedAnchor>
    </Group>
  );
}

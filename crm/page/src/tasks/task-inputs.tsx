import { Select, SimpleGrid, Switch, Textarea, TextInput } from '@mantine/core';
import type { ReactNode } from 'react';
import { TASK_STATUSES, type TaskFields } from '../../../records/task.ts';
import type { Task } from '../api/answers.ts';
import { findContacts } from '../contacts/find-contacts.ts';
import { ChoiceInput } from '../records/choice-input.tsx';
import { DateField } from '../records/date-field.tsx';
import type { RecordFormOf } from '../records/record-view.ts';
import { TimeZoneInput } from '../records/time-zone-input.tsx';
import { texts } from '../texts/texts.ts';

const words = texts.task;
const STATUSES = TASK_STATUSES.map((value) => ({ value, label: words.statuses[value] }));

/** The numbers that other systems write for the words; a number in between keeps standing as itself. */
const PRIORITIES = [
  { value: '0', label: words.priorities.none },
  { value: '1', label: words.priorities.high },
  { value: '5', label: words.priorities.medium },
  { value: '9', label: words.priorities.low },
];

/** The inputs of a task. */
export function TaskInputs({ form, record }: { readonly form: RecordFormOf<TaskFields>; readonly record: Task | null }): ReactNode {
  const priority = String(form.values.priority);
  const priorities = PRIORITIES.some((choice) => choice.value === priority) ? PRIORITIES : [...PRIORITIES, { value: priority, label: priority }];
  const contact = record?.contactId == null ? null : { value: record.contactId, label: record.contactName ?? texts.contact.unnamed };
  return (
    <>
      <TextInput label={words.subject} required {...form.getInputProps('subject')} />
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
        <Select label={words.status} data={STATUSES} allowDeselect={false} {...form.getInputProps('status')} />
        <Select
          label={words.priority}
          data={priorities}
          allowDeselect={false}
          value={priority}
          onChange={(value) => form.setFieldValue('priority', Number(value ?? 0))}
        />
        <DateField kind="day" label={words.dueDate} inputProps={form.getInputProps('dueDate')} />
        <DateField kind="time" label={words.dueTime} inputProps={form.getInputProps('dueTime')} />
      </SimpleGrid>
      <TimeZoneInput label={words.timeZone} placeholder={texts.appointment.floating} inputProps={form.getInputProps('timeZone')} />
      <ChoiceInput name="contacts" label={words.contactId} find={findContacts} current={contact} inputProps={form.getInputProps('contactId')} />
      <Textarea label={words.description} autosize minRows={3} maxRows={12} {...form.getInputProps('description')} />
      <Switch label={words.private} description={texts.record.privateHelp} {...form.getInputProps('private', { type: 'checkbox' })} />
    </>
  );
}

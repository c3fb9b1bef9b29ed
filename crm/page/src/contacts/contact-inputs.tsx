import { SimpleGrid, Switch, Textarea, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { ContactFields } from '../../../records/contact.ts';
import { KEYS } from '../api/query-client.ts';
import { type Choice, ChoiceInput } from '../records/choice-input.tsx';
import { DateField } from '../records/date-field.tsx';
import { LabelledValuesInput } from '../records/labelled-values-input.tsx';
import type { RecordFormOf } from '../records/record-view.ts';
import { texts } from '../texts/texts.ts';
import { findAccounts, readAccountChoice } from './find-contacts.ts';

const words = texts.contact;

/** The inputs of a contact. */
export function ContactInputs({ form }: { readonly form: RecordFormOf<ContactFields> }): ReactNode {
  const { values } = form;
  const account = useAccount(values.accountId);
  return (
    <>
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
        <TextInput label={words.givenName} {...form.getInputProps('givenName')} />
        <TextInput label={words.familyName} {...form.getInputProps('familyName')} />
        <TextInput label={words.company} {...form.getInputProps('company')} />
        <TextInput label={words.jobTitle} {...form.getInputProps('jobTitle')} />
      </SimpleGrid>
      <LabelledValuesInput form={form} path="emails" legend={words.emails} values={values.emails} type="email" />
      <LabelledValuesInput form={form} path="phones" legend={words.phones} values={values.phones} type="tel" />
      <LabelledValuesInput form={form} path="addresses" legend={words.addresses} values={values.addresses} type="address" />
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
        <ChoiceInput name="accounts" label={words.accountId} find={findAccounts} current={account} inputProps={form.getInputProps('accountId')} />
        <DateField kind="day" label={words.birthday} inputProps={form.getInputProps('birthday')} />
      </SimpleGrid>
      <TextInput label={words.creditLimit} description={words.creditLimitHelp} inputMode="decimal" {...form.getInputProps('creditLimit')} />
      <Textarea label={words.note} autosize minRows={3} maxRows={12} {...form.getInputProps('note')} />
      <Switch label={words.private} description={texts.record.privateHelp} {...form.getInputProps('private', { type: 'checkbox' })} />
    </>
  );
}

/** The account that is chosen, for its name. */
function useAccount(id: string): Choice | null {
  const { data } = useQuery({ queryKey: [KEYS.choices, 'account', id], queryFn: () => readAccountChoice(id), enabled: Boolean(id) });
  return data ?? null;
}

import { SimpleGrid, Textarea, TextInput } from '@mantine/core';
import type { ReactNode } from 'react';
import type { AccountFields } from '../../../records/account.ts';
import type { RecordFormOf } from '../records/record-view.ts';
import { texts } from '../texts/texts.ts';

const words = texts.account;

/** The inputs of an account. */
export function AccountInputs({ form }: { readonly form: RecordFormOf<AccountFields> }): ReactNode {
  return (
    <>
      <TextInput label={words.name} required {...form.getInputProps('name')} />
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
        <TextInput label={words.industry} {...form.getInputProps('industry')} />
        <TextInput label={words.phone} type="tel" {...form.getInputProps('phone')} />
      </SimpleGrid>
      <TextInput label={words.website} inputMode="url" {...form.getInputProps('website')} />
      <Textarea label={words.note} autosize minRows={3} maxRows={12} {...form.getInputProps('note')} />
    </>
  );
}

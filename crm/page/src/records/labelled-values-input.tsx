import { ActionIcon, Autocomplete, Button, Fieldset, Group, Stack, Textarea, TextInput } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { LabelledValue } from '../../../records/field-kinds.ts';
import { texts } from '../texts/texts.ts';
import type { RecordFormOf } from './record-view.ts';

const USUAL_LABELS = ['work', 'home', 'mobile', 'other'];

/** Several values with a label each: phones, addresses. */
export function LabelledValuesInput({
  form,
  path,
  legend,
  values,
  type,
}: {
  readonly form: Pick<RecordFormOf<object>, 'getInputProps' | 'insertListItem' | 'removeListItem'>;
  readonly path: string;
  readonly legend: string;
  readonly values: readonly LabelledValue[];
  /** Addresses have several lines. */
  readonly type: 'address' | 'email' | 'tel';
}): ReactNode {
  const nameOf = (index: number): string => `${legend}: ${texts.record.value} ${index + 1}`;
  return (
    <Fieldset legend={legend} p="sm">
      <Stack gap="xs">
        {values.map((value, index) => (
          // A value has no name of its own but its place.
          // oxlint-disable-next-line react/no-array-index-key
          <Group key={index} gap="xs" wrap="nowrap" align="flex-start">
            <Autocomplete
              w={{ base: 84, xs: 110 }}
              data={USUAL_LABELS}
              aria-label={`${legend}: ${texts.record.label} ${index + 1}`}
              {...form.getInputProps(`${path}.${index}.label`)}
            />
            {type === 'address' ? (
              <Textarea flex={1} autosize aria-label={nameOf(index)} {...form.getInputProps(`${path}.${index}.value`)} />
            ) : (
              <TextInput flex={1} type={type} aria-label={nameOf(index)} {...form.getInputProps(`${path}.${index}.value`)} />
            )}
            <ActionIcon
              className="change-only"
              variant="default"
              size={36}
              aria-label={texts.record.removeValue(value.value || legend)}
              onClick={() => form.removeListItem(path, index)}
            >
              <IconTrash size={16} />
            </ActionIcon>
          </Group>
        ))}
        <Button
          className="change-only"
          variant="default"
          size="xs"
          w="fit-content"
          leftSection={<IconPlus size={14} aria-hidden />}
          aria-label={`${legend}: ${texts.record.addValue}`}
          onClick={() => form.insertListItem(path, { label: 'work', value: '' })}
        >
          {texts.record.addValue}
        </Button>
      </Stack>
    </Fieldset>
  );
}

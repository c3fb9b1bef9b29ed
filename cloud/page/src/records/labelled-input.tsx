import { ActionIcon, Autocomplete, Button, Fieldset, Group, Stack, Textarea, TextInput } from '@mantine/core';
import { IconLock, IconPlus, IconTrash } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { texts } from '../texts/texts.ts';
import { type LabelledValue, parseLabelled } from './field-kind.ts';

const USUAL_LABELS = ['work', 'home', 'mobile', 'other'];

/** Several values with a label each, kept as the JSON that the store holds; what else stands in them is kept. */
export function LabelledInput({
  legend,
  text,
  multiline,
  readOnly,
  hint,
  change,
}: {
  readonly legend: string;
  readonly text: string | null;
  readonly multiline: boolean;
  readonly readOnly: boolean;
  /** Whose it is, where it may not be changed. */
  readonly hint: string | undefined;
  readonly change: (text: string) => void;
}): ReactNode {
  const values = parseLabelled(text) ?? [];
  const write = (list: readonly LabelledValue[]): void => change(JSON.stringify(list));
  const set = (index: number, changed: Partial<LabelledValue>): void => write(values.map((item, at) => (at === index ? { ...item, ...changed } : item)));
  const nameOf = (index: number): string => `${legend}: ${texts.record.value} ${index + 1}`;
  return (
    <Fieldset legend={legend} p="sm">
      <Stack gap="xs">
        {hint !== undefined && (
          <Group gap={4} c="dimmed" fz="xs">
            <IconLock size={14} aria-hidden />
            {hint}
          </Group>
        )}
        {readOnly && values.length === 0 && texts.common.none}
        {values.map((item, index) => (
          // A value has no name of its own but its place.
          // oxlint-disable-next-line react/no-array-index-key
          <Group key={index} gap="xs" wrap="nowrap" align="flex-start">
            <Autocomplete
              w={110}
              data={USUAL_LABELS}
              value={item.label}
              readOnly={readOnly}
              onChange={(label) => set(index, { label })}
              aria-label={`${legend}: ${texts.record.label} ${index + 1}`}
            />
            {multiline ? (
              <Textarea
                flex={1}
                autosize
                readOnly={readOnly}
                aria-label={nameOf(index)}
                value={item.value}
                onChange={(event) => set(index, { value: event.currentTarget.value })}
              />
            ) : (
              <TextInput
                flex={1}
                readOnly={readOnly}
                aria-label={nameOf(index)}
                value={item.value}
                onChange={(event) => set(index, { value: event.currentTarget.value })}
              />
            )}
            {!readOnly && (
              <ActionIcon
                variant="default"
                size={36}
                aria-label={texts.record.removeValue(item.value || legend)}
                onClick={() => write(values.filter((_, at) => at !== index))}
              >
                <IconTrash size={16} />
              </ActionIcon>
            )}
          </Group>
        ))}
        {!readOnly && (
          <Button
            variant="default"
            size="xs"
            w="fit-content"
            leftSection={<IconPlus size={14} aria-hidden />}
            aria-label={`${legend}: ${texts.record.addValue}`}
            onClick={() => write([...values, { label: 'work', value: '' }])}
          >
            {texts.record.addValue}
          </Button>
        )}
      </Stack>
    </Fieldset>
  );
}

import { ActionIcon, Autocomplete, Button, Fieldset, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { IconLock, IconPlus, IconTrash } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { texts } from '../texts/texts.ts';
import { type LabelledValue, parseLabelled } from './field-kind.ts';

const LABELS = texts.record.labels;

/** A usual label is kept in one word, whatever language it is read in. */
const labelOf = (typed: string): string => Object.entries(LABELS).find(([, word]) => word === typed)?.[0] ?? typed;

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
    <Fieldset
      legend={
        <>
          {legend}
          {readOnly && <IconLock size={14} aria-hidden className="lock" />}
        </>
      }
      variant={readOnly ? 'filled' : 'default'}
      p="sm"
    >
      <Stack gap="xs">
        {hint !== undefined && (
          <Text c="dimmed" fz="xs">
            {hint}
          </Text>
        )}
        {readOnly && values.length === 0 && texts.common.none}
        {values.map((item, index) => (
          // A value has no name of its own but its place.
          // oxlint-disable-next-line react/no-array-index-key
          <div key={index} className="labelled-value">
            <Autocomplete
              data={Object.values(LABELS)}
              value={LABELS[item.label] ?? item.label}
              readOnly={readOnly}
              variant={readOnly ? 'filled' : 'default'}
              onChange={(typed) => set(index, { label: labelOf(typed) })}
              aria-label={`${legend}: ${texts.record.label} ${index + 1}`}
            />
            {multiline ? (
              <Textarea
                autosize
                readOnly={readOnly}
                variant={readOnly ? 'filled' : 'default'}
                aria-label={nameOf(index)}
                value={item.value}
                onChange={(event) => set(index, { value: event.currentTarget.value })}
              />
            ) : (
              <TextInput
                readOnly={readOnly}
                variant={readOnly ? 'filled' : 'default'}
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
          </div>
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

import { Group, Select, Switch, Textarea, TextInput, Tooltip } from '@mantine/core';
import { IconLock } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { fieldText, texts, valueText } from '../texts/texts.ts';
import type { Field } from './collections.ts';
import { kindOf } from './field-kind.ts';
import { LabelledInput } from './labelled-input.tsx';
import { ReferenceInput } from './reference-input.tsx';

/** One field of a record: what may not be changed is read-only and says whose it is. */
export function FieldInput({
  field,
  value,
  error,
  readOnly,
  change,
}: {
  readonly field: Field;
  readonly value: string | null;
  readonly error: string | undefined;
  readonly readOnly: boolean;
  readonly change: (value: string | null) => void;
}): ReactNode {
  const name = fieldText(field.name);
  const hint =
    field.access === 'closed'
      ? texts.record.closed
      : field.access === 'rule'
        ? texts.record.ruled
        : readOnly && field.access === 'crm'
          ? texts.record.ownedByCrm
          : undefined;
  const label =
    hint === undefined ? (
      name
    ) : (
      <Group gap={4} component="span" display="inline-flex">
        {name}
        <IconLock size={14} aria-hidden />
      </Group>
    );
  const kind = kindOf(field);
  const common = { label, error, readOnly, required: field.required && !readOnly, withAsterisk: field.required && !readOnly, description: hint };
  const text = { ...common, value: value ?? '', onChange: (event: { currentTarget: { value: string } }) => change(event.currentTarget.value) };
  switch (kind) {
    case 'choice':
      return (
        <Select
          {...common}
          data={(field.values ?? []).map((each) => ({ value: each, label: valueText(each) }))}
          value={value}
          allowDeselect={!field.required}
          onChange={change}
        />
      );
    case 'boolean':
      return (
        <Tooltip label={hint} disabled={hint === undefined}>
          <Switch
            label={name}
            checked={value === 'true' || value === 't'}
            disabled={readOnly}
            onChange={(event) => change(String(event.currentTarget.checked))}
          />
        </Tooltip>
      );
    case 'labelled':
      return <LabelledInput legend={name} text={value} multiline={field.name === 'addresses'} readOnly={readOnly} hint={hint} change={change} />;
    case 'reference':
      return <ReferenceInput {...common} collection={field.references ?? ''} value={value} change={change} />;
    case 'long':
    case 'json':
      return <Textarea {...text} autosize minRows={2} maxRows={12} />;
    case 'date':
      // Browsers show an empty date that cannot be changed as one to be typed.
      return <TextInput {...text} type={readOnly ? 'text' : 'date'} />;
    case 'time':
      return <TextInput {...text} placeholder="14:30" />;
    case 'moment':
      return <TextInput {...text} placeholder="2026-12-31 14:30" />;
    case 'number':
      return <TextInput {...text} inputMode="decimal" />;
    case 'text':
      return <TextInput {...text} />;
  }
}

import { Select, Switch, Textarea, TextInput } from '@mantine/core';
import { IconLock } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { fieldText, texts, valueText } from '../texts/texts.ts';
import type { Field } from './collections.ts';
import { DatedInput } from './dated-input.tsx';
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
  const label = (
    <>
      {name}
      {readOnly && <IconLock size={14} aria-hidden className="lock" />}
    </>
  );
  const kind = kindOf(field);
  const isNeeded = field.required && !readOnly;
  const common = {
    label,
    error,
    readOnly,
    required: isNeeded,
    withAsterisk: isNeeded,
    description: hint,
    // What may not be changed does not look as if it might.
    variant: readOnly ? 'filled' : 'default',
  };
  const text = { ...common, value: value ?? '', onChange: (event: { currentTarget: { value: string } }) => change(event.currentTarget.value) };
  switch (kind) {
    case 'choice':
      return (
        <Select
          {...common}
          data={(field.values ?? []).map((each) => ({ value: each, label: valueText(each) }))}
          value={value}
          allowDeselect={!field.required}
          rightSection={readOnly ? <span /> : undefined}
          onChange={change}
        />
      );
    case 'boolean':
      return (
        <Switch
          label={label}
          description={hint}
          checked={value === 'true' || value === 't'}
          disabled={readOnly}
          className={readOnly ? 'read-only' : ''}
          onChange={(event) => change(String(event.currentTarget.checked))}
        />
      );
    case 'labelled':
      return <LabelledInput legend={name} text={value} multiline={field.name === 'addresses'} readOnly={readOnly} hint={hint} change={change} />;
    case 'reference':
      return <ReferenceInput {...common} collection={field.references ?? ''} value={value} change={change} />;
    case 'long':
    case 'json':
      return <Textarea {...text} autosize minRows={2} maxRows={12} />;
    case 'date':
    case 'last-day':
    case 'time':
    case 'moment':
      return <DatedInput field={field} kind={kind} value={value} readOnly={readOnly} common={common} change={change} />;
    case 'number':
      return <TextInput {...text} inputMode="decimal" />;
    case 'text':
      return <TextInput {...text} />;
  }
}

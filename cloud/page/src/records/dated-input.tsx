import { TextInput } from '@mantine/core';
import type { ReactNode } from 'react';
import { DateInput } from '../../../../web/page/dates/date-input.tsx';
import { type DateKind, isKept } from '../../../../web/page/dates/typed-dates.ts';
import type { Field } from './collections.ts';
import { shiftDay, showValue } from './field-kind.ts';

const KINDS = { date: 'day', 'last-day': 'day', time: 'time', moment: 'moment' } as const satisfies Record<string, DateKind>;

/** A day, a time or both: as PostgreSQL writes them outside, as people do inside. */
export function DatedInput({
  field,
  kind,
  value,
  readOnly,
  common,
  change,
}: {
  readonly field: Field;
  readonly kind: keyof typeof KINDS;
  readonly value: string | null;
  readonly readOnly: boolean;
  /** What every input of the form has: its label, its fault, how it looks. */
  readonly common: { readonly label: ReactNode; readonly error: ReactNode; readonly required: boolean; readonly variant: string };
  readonly change: (value: string | null) => void;
}): ReactNode {
  if (readOnly) return <TextInput {...common} readOnly value={value === null ? '' : showValue(field, value)} />;
  // A moment with a zone of its own stays as it is written.
  if (field.type.endsWith('with time zone'))
    return <TextInput {...common} value={value ?? ''} placeholder="2026-12-31 14:30" onChange={(event) => change(event.currentTarget.value)} />;
  const { inner, outer } = FORMS[kind];
  return <DateInput {...common} kind={KINDS[kind]} value={value === null ? '' : inner(value)} change={(entered) => change(outer(entered))} />;
}

/** Between what a record holds and what the input keeps; what is no day or time passes as it is, and is refused. */
const FORMS: Readonly<Record<keyof typeof KINDS, { inner(value: string): string; outer(entered: string): string }>> = {
  date: { inner: (value) => value, outer: (entered) => entered },
  // Calendars keep the day after the last; people say the last.
  'last-day': { inner: (value) => shift(value, -1), outer: (entered) => shift(entered, 1) },
  time: { inner: (value) => value.slice(0, 8), outer: (entered) => entered },
  moment: {
    inner: (value) => value.slice(0, 19).replace(' ', 'T'),
    outer: (entered) => (isKept('moment', entered) ? entered.replace('T', ' ') : entered),
  },
};

const shift = (text: string, days: number): string => (isKept('day', text) ? shiftDay(text, days) : text);

import type { ReactNode } from 'react';
import { DateInput } from '../../../../web/page/dates/date-input.tsx';
import type { DateKind } from '../../../../web/page/dates/typed-dates.ts';

/** A day, a time or both in a record's form, by the attributes that the form gives its input. */
export function DateField({
  kind,
  label,
  required = false,
  inputProps,
}: {
  readonly kind: DateKind;
  readonly label: string;
  readonly required?: boolean;
  readonly inputProps: object;
}): ReactNode {
  const { value, onChange, ...others } = inputProps as { readonly value?: string | null; readonly onChange: (value: string) => void };
  return <DateInput kind={kind} label={label} required={required} value={value ?? ''} change={onChange} {...others} />;
}

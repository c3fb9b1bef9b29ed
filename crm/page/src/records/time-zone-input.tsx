import { Select } from '@mantine/core';
import type { ReactNode } from 'react';

const ZONES = [...new Set(['UTC', ...Intl.supportedValuesOf('timeZone')])];

/** A time zone by its IANA name, or none. */
export function TimeZoneInput({
  label,
  placeholder,
  inputProps,
}: {
  readonly label: string;
  readonly placeholder?: string;
  readonly inputProps: object;
}): ReactNode {
  const { value, ...others } = inputProps as { readonly value?: unknown };
  const chosen = typeof value === 'string' && value !== '' ? value : null;
  const data = chosen === null || ZONES.includes(chosen) ? ZONES : [chosen, ...ZONES];
  return <Select label={label} data={data} value={chosen} searchable clearable limit={60} placeholder={placeholder ?? ''} {...others} />;
}

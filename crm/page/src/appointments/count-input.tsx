import { NumberInput } from '@mantine/core';
import type { ReactNode } from 'react';
import { MAX_REPEATS } from '../../../records/recurrence-rule.ts';

/** A number from 1 on, with what it counts. */
export function CountInput({
  value,
  unit,
  error,
  path,
  label,
  change,
}: {
  readonly label: string;
  /** 0: nothing is entered. */
  readonly value: number;
  readonly unit: string;
  readonly error: ReactNode;
  readonly path: object;
  readonly change: (value: number) => void;
}): ReactNode {
  return (
    <NumberInput
      label={label}
      min={1}
      max={MAX_REPEATS}
      clampBehavior="strict"
      allowDecimal={false}
      allowNegative={false}
      suffix={` ${unit}`}
      value={value === 0 ? '' : value}
      error={error}
      {...(error === undefined || error === null ? {} : path)}
      onChange={(entered) => change(typeof entered === 'number' ? entered : 0)}
    />
  );
}

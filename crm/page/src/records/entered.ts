import type { z } from 'zod';
import { texts } from '../texts/texts.ts';
import type { InputsOf, RecordView, Stored } from './record-view.ts';

/** What was entered: the fields that differ from what stood there, or the faults by the path of their input. */
export type Entered<Fields> =
  | { readonly changes: Partial<Fields>; readonly errors?: never }
  | { readonly changes?: never; readonly errors: Readonly<Record<string, string>> };

/** A record's fields for the inputs of a form. */
export function toInputs<Fields extends object, Row extends Fields & Stored>(view: RecordView<Fields, Row>, fields: Fields): InputsOf<Fields> {
  const shown = view.present?.(fields) ?? fields;
  const names = Object.keys(view.empty) as (keyof Fields)[];
  return Object.fromEntries(names.map((name) => [name, shown[name] ?? ''])) as InputsOf<Fields>;
}

/**
 * Checks what was entered as the API will. What stands in the record already and was not touched is not checked: it may
 * have come from elsewhere.
 */
export function readInputs<Fields extends object, Row extends Fields & Stored>(
  view: RecordView<Fields, Row>,
  before: Fields | null,
  inputs: InputsOf<Fields>,
): Entered<Fields> {
  const filled = Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, value === '' ? null : (value as unknown)])) as Fields;
  const entered = view.settle?.(filled) ?? filled;
  const names = Object.keys(view.empty) as (keyof Fields & string)[];
  const touched = before === null ? names : names.filter((name) => !isSame(entered[name], before[name]));
  const picked = view.schema.pick(Object.fromEntries(touched.map((name) => [name, true])) as never);
  const result = picked.safeParse(Object.fromEntries(touched.map((name) => [name, entered[name]])));
  if (!result.success) return { errors: Object.fromEntries(result.error.issues.map((issue) => [issue.path.join('.'), faultText(issue)])) };
  const values = result.data as Partial<Fields>;
  const faults = view.faults({ ...(before ?? view.empty), ...values });
  if (faults.length > 0)
    return { errors: Object.fromEntries(faults.map(({ field, fault }) => [field, texts.faults[fault] ?? texts.faults['invalid'] ?? fault])) };
  const changed = touched.filter((name) => !isSame(values[name], (before ?? view.empty)[name]));
  return { changes: Object.fromEntries(changed.map((name) => [name, values[name]])) as Partial<Fields> };
}

/** Whether two values of a field are the same. */
export function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a ?? null) === JSON.stringify(b ?? null);
}

function faultText(issue: z.core.$ZodIssue): string {
  const fault = issue.code === 'custom' ? (issue.params?.['fault'] as string | undefined) : FAULT_OF_CODE[issue.code];
  return texts.faults[fault ?? 'invalid'] ?? texts.faults['invalid'] ?? '';
}

const FAULT_OF_CODE: Readonly<Record<string, string>> = { invalid_type: 'needed', too_small: 'needed', too_big: 'too-long' };

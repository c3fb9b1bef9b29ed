import { typedNumbers } from '../../../../web/page/typed-numbers.ts';
import { formatLanguage, texts, valueText } from '../texts/texts.ts';
import type { Collection, Field, Values } from './collections.ts';

/** How a field is typed and shown, by PostgreSQL's name of its type. */
export type FieldKind = 'text' | 'long' | 'choice' | 'boolean' | 'date' | 'last-day' | 'time' | 'moment' | 'number' | 'labelled' | 'json' | 'reference';

const LONG = new Set(['note', 'description']);
const LABELLED = new Set(['emails', 'phones', 'addresses']);

/** A field's kind. */
export function kindOf({ name, type, values, references }: Field): FieldKind {
  if (values !== undefined) return 'choice';
  if (references !== undefined) return 'reference';
  if (type === 'boolean') return 'boolean';
  // Calendars keep the day after the last; people say the last.
  if (type === 'date') return name === 'endDate' ? 'last-day' : 'date';
  if (type.startsWith('time ') || type.startsWith('time(') || type === 'time') return 'time';
  if (type.startsWith('timestamp')) return 'moment';
  if (/^(smallint|integer|bigint|numeric|real|double precision)/.test(type)) return 'number';
  if (type === 'jsonb' || type === 'json') return LABELLED.has(name) ? 'labelled' : 'json';
  return LONG.has(name) ? 'long' : 'text';
}

/** A value with a label: phones, addresses. */
export interface LabelledValue {
  readonly label: string;
  readonly value: string;
  readonly [other: string]: unknown;
}

/** Reads labelled values; undefined where the text holds something else. */
export function parseLabelled(text: string | null): readonly LabelledValue[] | undefined {
  if (text === null || text === '') return [];
  try {
    const list: unknown = JSON.parse(text);
    if (!Array.isArray(list)) return undefined;
    const fits = list.every((item: unknown) => typeof item === 'object' && item !== null && typeof (item as LabelledValue).value === 'string');
    return fits ? list.map((item: LabelledValue) => ({ ...item, label: String(item.label ?? '') })) : undefined;
  } catch {
    return undefined;
  }
}

const day = new Intl.DateTimeFormat(formatLanguage, { dateStyle: 'medium', timeZone: 'UTC' });
const wallTime = new Intl.DateTimeFormat(formatLanguage, { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' });

const numbers = typedNumbers(formatLanguage);

/** What was typed into a field, as it is kept: numbers with a point. What is none stays, and is refused. */
export function settledValue(field: Field, typed: string | null): string | null {
  return typed !== null && kindOf(field) === 'number' ? (numbers.read(typed) ?? typed) : typed;
}

/** What an input shows of a value that is kept. */
export function presentedValue(field: Field, kept: string | null): string | null {
  return kept !== null && kindOf(field) === 'number' ? numbers.write(kept) : kept;
}

/** A value for people. Dates and wall times are shown as they stand, without a zone. */
export function showValue(field: Field, value: string | null): string {
  if (value === null || value === '') return texts.common.none;
  switch (kindOf(field)) {
    case 'choice':
      return valueText(value);
    case 'boolean':
      return value === 'true' || value === 't' ? texts.common.yes : texts.common.no;
    case 'date':
      return formatted(day, `${value}T00:00:00Z`) ?? value;
    case 'last-day':
      return formatted(day, `${shiftDay(value, -1)}T00:00:00Z`) ?? value;
    case 'moment':
      return formatted(wallTime, `${value.slice(0, 19).replace(' ', 'T')}Z`) ?? value;
    case 'time':
      return value.slice(0, 5);
    case 'labelled':
      return (parseLabelled(value) ?? []).map((item) => item.value).join(', ') || texts.common.none;
    case 'number':
      return numbers.write(value);
    default:
      return value;
  }
}

/** A value in a list: of several ones the first. */
export function listText(field: Field, value: string | null): string {
  if (kindOf(field) !== 'labelled') return showValue(field, value);
  const [first, ...others] = parseLabelled(value) ?? [];
  return first === undefined ? texts.common.none : `${first.value}${others.length === 0 ? '' : ` +${others.length}`}`;
}

/** When an appointment is, in a list: its first day, or its begin on its own clock. */
export function whenText({ fields }: Pick<Collection, 'fields'>, values: Values): string {
  const name = values['startsAt'] == null ? 'startDate' : 'startsAt';
  const field = fields.find((candidate) => candidate.name === name);
  return field === undefined ? texts.common.none : showValue(field, values[name] ?? null);
}

/** The day before or after; what is no day stays as it is. */
export function shiftDay(date: string, days: number): string {
  const time = Date.parse(`${date}T00:00:00Z`);
  return Number.isNaN(time) ? date : new Date(time + days * 86_400_000).toISOString().slice(0, 10);
}

/** Dates that JavaScript knows none of (infinity, before Christ) stay as they are. */
function formatted(format: Intl.DateTimeFormat, iso: string): string | undefined {
  const time = Date.parse(iso);
  return Number.isNaN(time) ? undefined : format.format(time);
}

/** What is wrong with a typed value, before the server is asked; null for nothing. */
export function faultOf(field: Field, value: string | null): string | null {
  if (value === null || value.trim() === '') return field.required ? texts.faults.needed : null;
  switch (kindOf(field)) {
    case 'date':
    case 'last-day':
      return /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(`${value}T00:00:00Z`)) ? null : texts.faults.date;
    case 'time':
      return /^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$/.test(value) ? null : texts.faults.time;
    case 'moment':
      return /^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}/.test(value) ? null : texts.faults.moment;
    case 'number':
      return /^-?\d+([.]\d+)?([eE][-+]?\d+)?$/.test(value) ? null : texts.faults.number;
    case 'json':
      return isJson(value) ? null : texts.faults.json;
    default:
      return null;
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

import { z } from 'zod';

/*
 * Kinds of fields that the page and the API share. An emptied input is null, never an empty text. Faults that are the
 * CRM's own carry a word in `params.fault`, which the page says in the user's language.
 */

/** Text of one line or more; empty becomes null. */
export const optionalText = (maxLength = 1000) =>
  z
    .string()
    .max(maxLength)
    .nullable()
    .transform((text) => (text === null || text.trim() === '' ? null : text.trim()));

/** Text that has to be there. */
export const neededText = (maxLength = 1000) => z.string().trim().min(1).max(maxLength);

/** A date without time and zone: `2026-07-30`. */
export const dateSchema = z.iso.date();

/** A wall time without zone: `2026-07-30T09:30`, perhaps with seconds; always with them afterwards. */
export const wallTimeSchema = z.iso
  .datetime({ local: true, offset: false })
  .refine((text) => !text.endsWith('Z'), { message: 'has a zone of its own' })
  .transform((text) => (text.length === 16 ? `${text}:00` : text));

/** A time of day: `09:30`, perhaps with seconds; always with them afterwards. */
export const timeOfDaySchema = z.iso.time().transform((text) => (text.length === 5 ? `${text}:00` : text));

/** IANA name of a time zone that this runtime knows. */
export const timeZoneSchema = z.string().refine(isTimeZone, { params: { fault: 'time-zone' }, message: 'is no time zone' });

/** An amount with at most ten digits before and two after the point, as text: no number passes through a float. */
export const amountSchema = z
  .string()
  .refine((text) => /^-?\d{1,10}(\.\d{1,2})?$/.test(text), { params: { fault: 'amount' }, message: 'is no amount like 1200.50' });

/** One value of several with its label: an address at work, a phone at home. Other attributes stay as they came. */
const labelledValueSchema = (value: z.ZodType<string, string>) => z.looseObject({ label: z.string().max(100), value });

/** A labelled value. */
export interface LabelledValue {
  readonly [attribute: string]: unknown;
  readonly label: string;
  readonly value: string;
}

/** Values with labels, for instance phones. */
export const labelledValuesSchema = z.array(labelledValueSchema(neededText(500))).max(50);

/** E-mail addresses with labels. */
export const emailsSchema = z
  .array(labelledValueSchema(neededText(320).refine((text) => /^\S+@\S+$/.test(text), { params: { fault: 'email' }, message: 'is no e-mail address' })))
  .max(50);

/** Labelled values out of a JSON column. What other systems left there in another shape is shown as it is. */
export function readLabelledValues(json: unknown): LabelledValue[] {
  if (!Array.isArray(json)) return [];
  return json.map((entry: unknown) => {
    if (typeof entry !== 'object' || entry === null) return { label: '', value: String(entry) };
    const { label, value } = entry as Record<string, unknown>;
    return { ...entry, label: typeof label === 'string' ? label : '', value: typeof value === 'string' ? value : JSON.stringify(value ?? null) };
  });
}

function isTimeZone(name: string): boolean {
  try {
    Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

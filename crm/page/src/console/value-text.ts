import { texts } from '../texts/texts.ts';

/** A value as it stands in the books: text as it is, anything else as JSON; a dash for none. */
export function valueText(value: unknown): string {
  if (value === null || value === undefined || value === '') return texts.common.none;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

import { texts } from './texts.ts';

/** A field's name in the user's words, whatever kind of record it belongs to; as it is where it has none. */
export function fieldLabel(field: string): string {
  for (const labels of [texts.contact, texts.account, texts.appointment, texts.task] as readonly Readonly<Record<string, unknown>>[]) {
    const label = labels[field];
    if (typeof label === 'string') return label;
  }
  return field;
}

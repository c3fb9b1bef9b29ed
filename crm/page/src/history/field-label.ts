import { texts } from '../texts/texts.ts';

/** A field's name in the user's words, whatever kind it belongs to. */
export function fieldLabel(field: string): string {
  for (const labels of [texts.contact, texts.appointment, texts.task] as readonly Readonly<Record<string, unknown>>[]) {
    const label = labels[field];
    if (typeof label === 'string') return label;
  }
  return field;
}

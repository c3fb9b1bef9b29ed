import { formatDay } from '../app/format.ts';
import { texts } from '../texts/texts.ts';
import type { AnyView } from './views.ts';

/** A field's name in the user's words. */
export function labelOf({ labels }: AnyView, field: string): string {
  const label = labels[field];
  return typeof label === 'string' ? label : field;
}

/** A value that came as the store's text, in the user's words: times, states, yes and no, labelled values by line. */
export function storedText(view: AnyView, field: string, value: string | null): string {
  if (value === null || value === '') return texts.common.none;
  if (value === 'true' || value === 'false') return value === 'true' ? texts.common.yes : texts.common.no;
  if (value.startsWith('[')) return listText(value);
  const iso = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}/.test(value) ? value.replace(' ', 'T') : value;
  try {
    return view.show?.(field, /^\d{1,3}$/.test(iso) ? Number(iso) : iso) ?? value;
  } catch {
    // A time that no calendar knows is shown as it is.
    return value;
  }
}

function listText(json: string): string {
  try {
    const items = JSON.parse(json) as readonly unknown[];
    const shown = items.map((item) => (typeof item === 'string' ? dayText(item) : (item as { readonly value?: unknown } | null)?.value));
    return shown.every((text) => typeof text === 'string') ? shown.join(', ') || texts.common.none : json;
  } catch {
    // A text that happens to begin with a bracket.
    return json;
  }
}

const dayText = (text: string): string =>
  /^\d{4}-\d{2}-\d{2}/.test(text) && !Number.isNaN(Date.parse(text.slice(0, 10))) ? formatDay(text.slice(0, 10)) : text;

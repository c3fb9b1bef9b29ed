import type { Field, Values } from './collections.ts';
import { kindOf, parseLabelled } from './field-kind.ts';

/** What of the edited values is another than what stands there: the fields to be sent. Values with labels that hold nothing are left out. */
export function changedValues(fields: readonly Field[], base: Values, edited: Values): Values {
  const changed = fields.flatMap((field): (readonly [string, string | null])[] => {
    if (!Object.hasOwn(edited, field.name)) return [];
    const [before, after] = [base[field.name] ?? null, withoutEmpty(field, edited[field.name] ?? null)];
    return isSame(field, before, after) ? [] : [[field.name, after]];
  });
  return Object.fromEntries(changed);
}

/** The same JSON can be written in several ways. */
function isSame(field: Field, one: string | null, other: string | null): boolean {
  if (one === other || kindOf(field) !== 'labelled') return one === other;
  const [first, second] = [parseLabelled(one), parseLabelled(other)];
  return first !== undefined && second !== undefined && JSON.stringify(first) === JSON.stringify(second);
}

function withoutEmpty(field: Field, value: string | null): string | null {
  const list = kindOf(field) === 'labelled' && value !== null ? parseLabelled(value) : undefined;
  return list === undefined ? value : JSON.stringify(list.filter((item) => item.value.trim() !== ''));
}

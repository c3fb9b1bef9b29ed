import { dateSchema } from '../../../records/field-kinds.ts';
import type { Choice } from './choice-input.tsx';

/** One way to narrow a list: among choices, by a day, or by a record that is searched for. */
export type FilterView = { readonly name: string; readonly label: string } & (
  | { readonly type: 'choice'; readonly choices: readonly Choice[] }
  | { readonly type: 'day' }
  | { readonly type: 'text' }
  | { readonly type: 'record'; readonly find: (search: string) => Promise<readonly Choice[]>; readonly read: (id: string) => Promise<Choice> }
) & {
    /** Parameters of the API for a value, where it is not one of the filter's own name. */
    readonly toQuery?: (value: string) => Readonly<Record<string, string>>;
  };

/** The filters of a list that are chosen, each with its value. What the list does not know (an old address, a slip in a date) is left out. */
export function chosenFilters(
  filters: readonly FilterView[],
  chosen: Readonly<Record<string, string>> = {},
): readonly { readonly filter: FilterView; readonly value: string }[] {
  return filters.flatMap((filter) => {
    const value = Object.hasOwn(chosen, filter.name) ? chosen[filter.name] : undefined;
    return value === undefined || !isValueOf(filter, value) ? [] : [{ filter, value }];
  });
}

/** Chosen filters as parameters of the API. */
export function filterQuery(filters: readonly FilterView[], chosen?: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(chosenFilters(filters, chosen).flatMap(({ filter, value }) => Object.entries(filter.toQuery?.(value) ?? { [filter.name]: value })));
}

function isValueOf(filter: FilterView, value: string): boolean {
  if (filter.type === 'choice') return filter.choices.some((choice) => choice.value === value);
  return filter.type !== 'day' || dateSchema.safeParse(value).success;
}

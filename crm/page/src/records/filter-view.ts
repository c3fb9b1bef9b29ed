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

/** Chosen filters as parameters of the API. What a list does not know (an old address) is left out. */
export function filterQuery(filters: readonly FilterView[], chosen: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const parameters = filters.flatMap(({ name, toQuery }) => {
    const value = chosen[name];
    return value === undefined ? [] : Object.entries(toQuery?.(value) ?? { [name]: value });
  });
  return Object.fromEntries(parameters);
}

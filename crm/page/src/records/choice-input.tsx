import { Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { KEYS } from '../api/query-client.ts';
import { texts } from '../texts/texts.ts';

/** Something to choose, with its name. */
export interface Choice {
  readonly value: string;
  readonly label: string;
}

/** Another record, chosen by searching the API. */
export function ChoiceInput({
  name,
  label,
  find,
  current,
  inputProps,
  within = false,
}: {
  /** Names the choices in the page's memory. */
  readonly name: string;
  readonly label: string;
  readonly find: (search: string) => Promise<readonly Choice[]>;
  /** What is chosen now, should it not be among what was found. */
  readonly current: Choice | null;
  readonly inputProps: object;
  /** Whether it stands in a popover, which a list of its own in a portal would close. */
  readonly within?: boolean;
}): ReactNode {
  const [typed, setTyped] = useState('');
  const [search] = useDebouncedValue(typed, 200);
  const { data = [] } = useQuery({ queryKey: [KEYS.choices, name, search], queryFn: () => find(search), placeholderData: keepPreviousData });
  const choices = current === null || data.some((choice) => choice.value === current.value) ? data : [current, ...data];
  const { value, ...others } = inputProps as { readonly value?: unknown };
  return (
    <Select
      label={label}
      data={[...choices]}
      value={value === '' ? null : (value as string)}
      searchable
      // The first of a popover has the focus when that opens, and would cover the others.
      openOnFocus={!within}
      clearable
      // The API has searched already.
      filter={({ options }) => options}
      onSearchChange={(text) => setTyped(choices.some((choice) => choice.label === text) ? '' : text)}
      nothingFoundMessage={texts.common.nothingHere}
      comboboxProps={{ withinPortal: !within }}
      clearButtonProps={{ 'aria-label': texts.list.withoutFilter(label) }}
      {...others}
    />
  );
}

import { Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { type ReactNode, useState } from 'react';
import { texts } from '../texts/texts.ts';
import { type Collection, useCollections, useRecord, useRecords } from './collections.ts';
import { sortOf, titleOf, viewOf } from './views.ts';

interface ReferenceProps {
  readonly collection: string;
  readonly label: ReactNode;
  readonly value: string | null;
  readonly error: ReactNode;
  readonly readOnly: boolean;
  readonly description: ReactNode;
  readonly change: (value: string | null) => void;
}

/** Chooses a record of another collection by its name. */
export function ReferenceInput(props: ReferenceProps): ReactNode {
  const other = useCollections().data?.find(({ name }) => name === props.collection);
  return other === undefined ? null : <KnownReference {...props} other={other} />;
}

function KnownReference({ other, label, value, error, readOnly, description, change }: ReferenceProps & { readonly other: Collection }): ReactNode {
  const [typed, setTyped] = useState('');
  const [search] = useDebouncedValue(typed, 200);
  const [key = ''] = other.key;
  const chosen = useRecord(other.name, value === null ? undefined : JSON.stringify({ [key]: value }));
  const chosenName = chosen.data === undefined ? undefined : titleOf(other, chosen.data);
  const found = useRecords(other.name, {
    search: search === chosenName ? '' : search,
    sort: sortOf(viewOf(other), viewOf(other).sort),
    direction: 'asc',
    page: 1,
    size: 20,
  });
  const rows = [...(chosen.data === undefined ? [] : [chosen.data]), ...(found.data?.rows ?? [])];
  const options = new Map(rows.map((row) => [row.key[key] ?? '', titleOf(other, row)]));
  if (value !== null && !options.has(value)) options.set(value, texts.common.loading);
  return (
    <Select
      label={label}
      description={description}
      error={error}
      readOnly={readOnly}
      variant={readOnly ? 'filled' : 'default'}
      searchable
      clearable={!readOnly}
      clearButtonProps={{ 'aria-label': texts.common.delete }}
      placeholder={texts.record.choose}
      nothingFoundMessage={texts.record.nothingFound}
      data={[...options].map(([id, name]) => ({ value: id, label: name }))}
      filter={({ options: all }) => all}
      value={value}
      onChange={change}
      onSearchChange={setTyped}
    />
  );
}

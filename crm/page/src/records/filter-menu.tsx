import { Badge, Button, CloseButton, Group, Pill, Popover, Select, Stack, TextInput } from '@mantine/core';
import { IconFilter } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { DateInput } from '../../../../web/page/dates/date-input.tsx';
import { isKept } from '../../../../web/page/dates/typed-dates.ts';
import { KEYS } from '../api/query-client.ts';
import { formatDay } from '../app/format.ts';
import { texts } from '../texts/texts.ts';
import { type Choice, ChoiceInput } from './choice-input.tsx';
import { chosenFilters, type FilterView } from './filter-view.ts';

interface FilterProps {
  readonly filters: readonly FilterView[];
  readonly chosen: Readonly<Record<string, string>>;
  /** Undefined takes the filter away. */
  readonly choose: (name: string, value: string | undefined) => void;
}

/** The filters of a list, behind one button. */
export function FilterMenu({ filters, chosen, choose }: FilterProps): ReactNode {
  const count = chosenFilters(filters, chosen).length;
  return (
    <Popover width={300} position="bottom-start" withArrow shadow="md" trapFocus>
      <Popover.Target>
        <Button
          variant="default"
          leftSection={<IconFilter size={16} aria-hidden />}
          rightSection={
            count > 0 && (
              <Badge size="sm" circle color="tide.8">
                {count}
              </Badge>
            )
          }
        >
          {texts.list.filters}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="sm">
          {filters.map((filter) => (
            <FilterInput key={filter.name} filter={filter} value={chosen[filter.name]} choose={(value) => choose(filter.name, value)} />
          ))}
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

function FilterInput({
  filter,
  value,
  choose,
}: {
  readonly filter: FilterView;
  readonly value: string | undefined;
  readonly choose: (value: string | undefined) => void;
}): ReactNode {
  const current = useChoice(filter, value);
  const { label, name } = filter;
  const set = (text: string | null): void => choose(text === null || text === '' ? undefined : text);
  switch (filter.type) {
    case 'choice':
      return (
        <Select
          label={label}
          data={[...filter.choices]}
          value={value ?? null}
          onChange={set}
          clearable
          clearButtonProps={{ 'aria-label': texts.list.withoutFilter(label) }}
          comboboxProps={{ withinPortal: false }}
        />
      );
    case 'record':
      return (
        <ChoiceInput name={`filter ${name}`} label={label} find={filter.find} current={current} inputProps={{ value: value ?? '', onChange: set }} within />
      );
    case 'day':
      return <DayFilter label={label} value={value ?? ''} set={set} />;
    default:
      return <TextInput label={label} value={value ?? ''} onChange={(event) => set(event.currentTarget.value)} />;
  }
}

/** What is no day yet narrows nothing. */
function DayFilter({ label, value, set }: { readonly label: string; readonly value: string; readonly set: (day: string) => void }): ReactNode {
  const [entered, setEntered] = useState(value);
  return (
    <DateInput
      kind="day"
      label={label}
      value={value === '' ? entered : value}
      change={(day) => {
        setEntered(day);
        set(isKept('day', day) ? day : '');
      }}
    />
  );
}

/** The chosen filters, each to be taken away. */
export function ChosenFilters({ filters, chosen, choose }: FilterProps): ReactNode {
  const active = chosenFilters(filters, chosen);
  if (active.length === 0) return null;
  return (
    <Group gap="xs" role="group" aria-label={texts.list.filters}>
      {active.map(({ filter, value }) => (
        <ChosenFilter key={filter.name} filter={filter} value={value} remove={() => choose(filter.name, undefined)} />
      ))}
    </Group>
  );
}

function ChosenFilter({ filter, value, remove }: { readonly filter: FilterView; readonly value: string; readonly remove: () => void }): ReactNode {
  const choice = useChoice(filter, value);
  const shown = filter.type === 'day' ? formatDay(value) : (choice?.label ?? value);
  return (
    <Pill size="md" styles={{ label: { display: 'inline-flex', alignItems: 'center', gap: 4 } }}>
      {filter.label}: {shown}
      <CloseButton size={18} iconSize={12} aria-label={texts.list.withoutFilter(filter.label)} onClick={remove} />
    </Pill>
  );
}

/** The chosen value with its name. */
function useChoice(filter: FilterView, value: string | undefined): Choice | null {
  const { data } = useQuery({
    queryKey: [KEYS.choices, filter.name, 'one', value],
    queryFn: () => (filter.type === 'record' ? filter.read(value ?? '') : Promise.reject(new Error('not a record'))),
    enabled: filter.type === 'record' && value !== undefined,
  });
  if (filter.type === 'choice') return filter.choices.find((choice) => choice.value === value) ?? null;
  return data ?? null;
}

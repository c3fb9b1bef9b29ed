import { Spotlight, spotlight } from '@mantine/spotlight';
import { useDebouncedValue } from '@mantine/hooks';
import { IconAddressBook, IconBuilding, IconCalendarEvent, IconChecklist, IconSearch } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import type { KindName } from '../../../records/record-stores.ts';
import type { Page } from '../api/answers.ts';
import { KEYS } from '../api/query-client.ts';
import { queryString, request } from '../api/request.ts';
import { VIEWS } from '../history/views.ts';
import type { Stored } from '../records/record-view.ts';
import { texts } from '../texts/texts.ts';
import { wholeRow } from '../records/whole-row.ts';

/** How many of each kind are shown. */
const SHOWN = 5;

const KINDS: readonly { readonly kind: KindName; readonly Icon: typeof IconSearch }[] = [
  { kind: 'contacts', Icon: IconAddressBook },
  { kind: 'accounts', Icon: IconBuilding },
  { kind: 'appointments', Icon: IconCalendarEvent },
  { kind: 'tasks', Icon: IconChecklist },
];

/** Opens the search over all kinds, as Ctrl+K does. */
export const openSearch = (): void => spotlight.open();

/** Whether one of what is found was gone to by the arrow keys. */
const isSelected = (): boolean => document.querySelector('.mantine-Spotlight-action[data-selected]') !== null;

/** A search over records of all kinds, from anywhere: Ctrl+K, some letters, arrows, Enter. */
export function SearchEverything(): ReactNode {
  const navigate = useNavigate();
  const [typed, setTyped] = useState('');
  const [search] = useDebouncedValue(typed.trim(), 150);
  const { data, isPlaceholderData } = useQuery({
    queryKey: [KEYS.records, 'everything', search],
    queryFn: () =>
      Promise.all(
        KINDS.map(async ({ kind }) => {
          const { rows } = await request<Page<Stored>>('GET', `${kind}${queryString({ search, size: SHOWN })}`);
          return rows.map((row) => wholeRow(kind, row));
        }),
      ),
    enabled: search !== '',
    placeholderData: keepPreviousData,
  });
  const open = (kind: KindName, id: string): void => void navigate({ to: '/$kind/$id', params: { kind, id } });
  const found = search === '' ? [] : KINDS.map((each, i) => ({ ...each, rows: data?.[i] ?? [] })).filter(({ rows }) => rows.length > 0);
  return (
    <Spotlight.Root
      query={typed}
      onQueryChange={setTyped}
      shortcut={['mod + K']}
      scrollable
      maxHeight={420}
      closeOnActionTrigger
      clearQueryOnClose
      attributes={{ content: { 'aria-label': texts.search.open } }}
    >
      <Spotlight.Search
        placeholder={texts.search.placeholder}
        aria-label={texts.search.open}
        leftSection={<IconSearch size={18} aria-hidden />}
        onKeyDown={(event) => {
          // Enter alone means the first one that is found.
          const [first] = found;
          if (event.key !== 'Enter' || isSelected() || isPlaceholderData || typed.trim() !== search || first?.rows[0] === undefined) return;
          spotlight.close();
          open(first.kind, first.rows[0].id);
        }}
      />
      <Spotlight.ActionsList>
        {found.map(({ kind, Icon, rows }) => (
          <Spotlight.ActionsGroup key={kind} label={texts.navigation[kind]}>
            {rows.map((row) => (
              <Spotlight.Action
                key={row.id}
                label={VIEWS[kind].nameOf(row)}
                description={VIEWS[kind].detailOf(row)}
                leftSection={<Icon size={18} aria-hidden />}
                onClick={() => open(kind, row.id)}
              />
            ))}
          </Spotlight.ActionsGroup>
        ))}
        {found.length === 0 && <Spotlight.Empty>{search === '' ? texts.search.hint : texts.common.nothingHere}</Spotlight.Empty>}
      </Spotlight.ActionsList>
    </Spotlight.Root>
  );
}

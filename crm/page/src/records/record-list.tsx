import { Anchor, Button, Group, Kbd, type MantineTheme, Stack, Text, TextInput, Title } from '@mantine/core';
import { useDebouncedCallback, useHotkeys } from '@mantine/hooks';
import { IconPlus, IconSearch } from '@tabler/icons-react';
import { DataTable, type DataTableColumn } from 'mantine-datatable';
import { type MouseEvent, type ReactNode, useRef, useState } from 'react';
import { isMarkingText, namedCells } from '../../../../web/page/list/stacked-rows.ts';
import { SortHeading } from '../../../../web/page/sort-heading.tsx';
import { useCollectionOf } from '../api/use-status.ts';
import { ErrorView } from '../app/error-view.tsx';
import { useMay } from '../session/session.ts';
import { texts } from '../texts/texts.ts';
import { ColumnMenu } from './column-menu.tsx';
import { ChosenFilters, FilterMenu } from './filter-menu.tsx';
import { filterQuery } from './filter-view.ts';
import { PAGE_SIZES } from './list-search.ts';
import { RecordDrawer } from './record-drawer.tsx';
import { useRecordRights } from './record-rights.ts';
import type { RecordView, Stored } from './record-view.ts';
import { StateChip } from './state-chip.tsx';
import { type Selected, SynchroniseBar } from './synchronise-bar.tsx';
import { useListSearch, useRecords, useStates } from './use-list.ts';

/** A column of a list; its accessor is the name by which the API sorts, where it does. */
export interface ListColumn<Row> {
  readonly accessor: string;
  readonly title: string;
  readonly sortable?: boolean;
  /** Left out: the field of that name. */
  readonly render?: (row: Row, index: number) => ReactNode;
  /** Where it fits, unless somebody chose the columns. */
  readonly visibleMediaQuery?: (theme: MantineTheme) => string;
  /** Whether its values stand on one line each: numbers of phones, dates. */
  readonly isOneLine?: boolean;
  /** Shown only where it is chosen. */
  readonly isExtra?: boolean;
}

/** What a list needs beside the kind it lists. */
export interface RecordListProps<Fields extends object, Row extends Fields & Stored> {
  readonly view: RecordView<Fields, Row>;
  readonly title: string;
  /** Columns after the name. */
  readonly columns: readonly ListColumn<Row>[];
  /** Heading and sort of the column that names a record. */
  readonly nameColumn: { readonly title: string; readonly sort: string };
  /** By what it is sorted until somebody sorts it otherwise. */
  readonly defaultSort: string;
  /** Beside the heading: another way to look at the same records. */
  readonly switcher?: ReactNode;
}

const NOTHING: Selected = { ids: [], everything: false };

/** A list of records: search, filters, sort, pages, columns, a selection to synchronise, and a record beside it. All of it stands in the address. */
export function RecordList<Fields extends object, Row extends Fields & Stored>({
  view,
  title,
  columns,
  nameColumn,
  defaultSort,
  switcher,
}: RecordListProps<Fields, Row>): ReactNode {
  const { kind, nameOf } = view;
  const { search, change } = useListSearch();
  const { sort = defaultSort, direction = 'asc' } = search;
  const filters = filterQuery(view.filters, search.filter);
  const records = useRecords<Row>(kind, { ...search, sort }, filters);
  const rows = records.data?.rows ?? [];
  const total = records.data?.total ?? 0;
  const totalIs = records.data?.totalIs ?? 'exact';
  const collection = useCollectionOf(view.table);
  const states = useStates(
    collection,
    rows.map((row) => row.id),
  );
  // What is no longer seen is not synchronised by a slip: a selection is of one search.
  const sought = JSON.stringify([search.search ?? '', search.filter ?? {}]);
  const [selection, setSelection] = useState({ sought, selected: NOTHING });
  const selected = selection.sought === sought ? selection.selected : NOTHING;
  const setSelected = (next: Selected): void => setSelection({ sought, selected: next });
  const isInsertable = useRecordRights(kind)?.insertable !== false;
  const mayWrite = useMay('write') && isInsertable;
  const maySynchronise = useMay('synchronise') && collection !== undefined;
  const input = useRef<HTMLInputElement>(null);
  const searchFor = useDebouncedCallback((text: string) => {
    change({ search: text === '' ? undefined : text, page: undefined }, true);
  }, 250);
  useHotkeys([
    ['/', () => input.current?.focus()],
    ['n', () => mayWrite && search.open === undefined && change({ open: 'new' })],
  ]);
  const choose = (name: string, value: string | undefined): void => {
    const { [name]: _old, ...others } = search.filter ?? {};
    const filter = value === undefined ? others : { ...others, [name]: value };
    change({ filter: Object.keys(filter).length === 0 ? undefined : filter, page: undefined });
  };

  const heading = (by: string, name: string): ReactNode => (
    <SortHeading
      title={name}
      hint={texts.list.sortBy(name)}
      sorted={sort === by ? direction : undefined}
      sort={(wanted) => change({ sort: by, direction: wanted, page: undefined }, true)}
    />
  );
  const isShown = ({ accessor, isExtra }: ListColumn<Row>): boolean => (search.columns === undefined ? isExtra !== true : search.columns.includes(accessor));
  const chosenColumns = columns
    .filter(isShown)
    .map(({ accessor, title: name, sortable, render, isOneLine = false, visibleMediaQuery }): DataTableColumn<Row> => {
      // Who chooses a column wants to see it, however narrow the window is.
      const fitting = search.columns === undefined && visibleMediaQuery !== undefined ? { visibleMediaQuery } : {};
      const shown = (row: Row, index: number): ReactNode => (
        <div className={isOneLine ? 'nowrap' : 'clamped'}>
          {render === undefined ? (row as Readonly<Record<string, ReactNode>>)[accessor] : render(row, index)}
        </div>
      );
      const title = sortable === true ? heading(accessor, name) : name;
      return { accessor, title, ...fitting, ...namedCells(name), cellsClassName: () => (isOneLine ? '' : 'list-value'), render: shown };
    });
  const allColumns: DataTableColumn<Row>[] = [
    {
      accessor: nameColumn.sort,
      title: heading(nameColumn.sort, nameColumn.title),
      cellsClassName: () => 'list-name',
      render: (row) => (
        <Anchor
          component="button"
          type="button"
          size="sm"
          fw={550}
          ta="start"
          className="clamped"
          onClick={(event: MouseEvent) => {
            // Its row would open it once more.
            event.stopPropagation();
            change({ open: row.id });
          }}
          aria-label={texts.list.open(nameOf(row))}
        >
          {nameOf(row)}
        </Anchor>
      ),
    },
    ...chosenColumns,
    ...(collection === undefined
      ? []
      : [
          {
            accessor: 'state',
            title: texts.list.inTheCloud,
            width: 175,
            render: (row: Row) => <StateChip state={states.get(row.id)} collection={collection} />,
          },
        ]),
  ];
  const isWholePage = rows.length > 0 && rows.every((row) => selected.ids.includes(row.id));

  return (
    <Stack gap="md">
      <Group justify="space-between">
        <Group gap="md">
          <Title order={1} size="h2">
            {title}
          </Title>
          {switcher}
        </Group>
        {mayWrite && (
          <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => change({ open: 'new' })}>
            {texts.list.create[kind]}
          </Button>
        )}
      </Group>
      <Group justify="space-between" align="center" mih={36}>
        <Group gap="xs" flex="1 1 320px">
          <TextInput
            key={kind}
            ref={input}
            type="search"
            placeholder={texts.list.search}
            aria-label={texts.list.searchLabel[kind]}
            leftSection={<IconSearch size={16} aria-hidden />}
            rightSection={
              <Kbd size="xs" visibleFrom="sm" aria-hidden>
                /
              </Kbd>
            }
            defaultValue={search.search ?? ''}
            onChange={(event) => searchFor(event.currentTarget.value)}
            flex="1 1 180px"
            maw={420}
          />
          <FilterMenu filters={view.filters} chosen={search.filter ?? {}} choose={choose} />
          <ColumnMenu
            columns={columns}
            shown={columns.filter(isShown).map(({ accessor }) => accessor)}
            choose={(chosen) => change({ columns: chosen === undefined ? undefined : [...chosen] }, true)}
          />
        </Group>
        {maySynchronise && (
          <SynchroniseBar
            collection={collection}
            selected={selected}
            matching={{ search: search.search ?? '', filters, total, totalIs, isMore: isWholePage && total > rows.length }}
            change={setSelected}
          />
        )}
      </Group>
      <ChosenFilters filters={view.filters} chosen={search.filter ?? {}} choose={choose} />
      {records.isError && <ErrorView error={records.error} retry={() => void records.refetch()} />}
      <DataTable
        className="stacked-rows"
        withTableBorder
        borderRadius="md"
        minHeight={rows.length === 0 ? 180 : 0}
        records={[...rows]}
        columns={allColumns}
        fetching={records.isPending}
        loadingText={texts.common.loading}
        emptyState={
          <Text size="sm" c="dimmed">
            {texts.list.empty[kind]}
          </Text>
        }
        highlightOnHover
        scrollAreaProps={{ type: 'auto' }}
        rowClassName={() => 'clickable-row'}
        onRowClick={({ record }) => isMarkingText() || change({ open: record.id })}
        totalRecords={total}
        page={search.page ?? 1}
        onPageChange={(page) => change({ page: page === 1 ? undefined : page })}
        recordsPerPage={search.size ?? PAGE_SIZES[0] ?? 25}
        onRecordsPerPageChange={(size) => change({ size, page: undefined })}
        recordsPerPageOptions={PAGE_SIZES}
        recordsPerPageLabel={texts.list.pageSize}
        paginationText={({ from, to, totalRecords }) => texts.list.range(from, to, texts.list.count(totalRecords, totalIs))}
        paginationActiveBackgroundColor="tide.8"
        getPaginationControlProps={(control) => ({ 'aria-label': control === 'previous' ? texts.list.previousPage : texts.list.nextPage })}
        getPaginationItemProps={(page: number) => ({ 'aria-label': texts.list.page(page) })}
        {...(maySynchronise
          ? {
              selectedRecords: rows.filter((row) => selected.everything || selected.ids.includes(row.id)),
              onSelectedRecordsChange: (chosen: Row[]) => setSelected({ ids: chosen.map((row) => row.id), everything: false }),
              allRecordsSelectionCheckboxProps: { 'aria-label': texts.list.selectAll },
              getRecordSelectionCheckboxProps: (row: Row) => ({ 'aria-label': texts.list.select(nameOf(row)) }),
            }
          : {})}
      />
      <RecordDrawer view={view} open={search.open} collection={collection} neighbours={rows.map((row) => row.id)} go={(open) => change({ open })} />
    </Stack>
  );
}

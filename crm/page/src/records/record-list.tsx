import { Anchor, Button, Group, Stack, Text, TextInput, Title } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconPlus, IconSearch } from '@tabler/icons-react';
import { DataTable, type DataTableColumn } from 'mantine-datatable';
import { type ReactNode, useState } from 'react';
import { useCollectionOf } from '../api/use-status.ts';
import { ErrorView } from '../app/error-view.tsx';
import { useMay } from '../session/session.ts';
import { texts } from '../texts/texts.ts';
import { PAGE_SIZES } from './list-search.ts';
import { RecordDrawer } from './record-drawer.tsx';
import type { RecordView, Stored } from './record-view.ts';
import { StateChip } from './state-chip.tsx';
import { SynchroniseBar } from './synchronise-bar.tsx';
import { useListSearch, useRecords, useStates } from './use-list.ts';

/** What a list needs beside the kind it lists. */
export interface RecordListProps<Fields extends object, Row extends Fields & Stored> {
  readonly view: RecordView<Fields, Row>;
  readonly title: string;
  /** Columns after the name; accessors are the names by which the API sorts. */
  readonly columns: DataTableColumn<Row>[];
  /** Heading and sort of the column that names a record. */
  readonly nameColumn: { readonly title: string; readonly sort: string };
  /** By what it is sorted until somebody sorts it otherwise. */
  readonly defaultSort: string;
}

/** A list of records: search, sort, pages, a selection to synchronise, and a record beside it. All of it stands in the address. */
export function RecordList<Fields extends object, Row extends Fields & Stored>({
  view,
  title,
  columns,
  nameColumn,
  defaultSort,
}: RecordListProps<Fields, Row>): ReactNode {
  const { kind, nameOf } = view;
  const { search, change } = useListSearch();
  const records = useRecords<Row>(kind, { ...search, sort: search.sort ?? defaultSort });
  const collection = useCollectionOf(view.table);
  const states = useStates(collection, records.data?.rows.map((row) => row.id) ?? []);
  const [selected, setSelected] = useState<Row[]>([]);
  const mayWrite = useMay('write');
  const maySynchronise = useMay('synchronise') && collection !== undefined;
  const searchFor = useDebouncedCallback((text: string) => change({ search: text === '' ? undefined : text, page: undefined }, true), 250);

  const allColumns: DataTableColumn<Row>[] = [
    {
      accessor: nameColumn.sort,
      title: nameColumn.title,
      sortable: true,
      render: (row) => (
        <Anchor
          component="button"
          type="button"
          size="sm"
          fw={550}
          ta="start"
          onClick={() => change({ open: row.id })}
          aria-label={texts.list.open(nameOf(row))}
        >
          {nameOf(row)}
        </Anchor>
      ),
    },
    ...columns,
    ...(collection === undefined
      ? []
      : [{ accessor: 'state', title: texts.list.inTheCloud, width: 175, render: (row: Row) => <StateChip state={states.get(row.id)} /> }]),
  ];

  return (
    <Stack gap="md">
      <Group justify="space-between">
        <Title order={1} size="h2">
          {title}
        </Title>
        {mayWrite && (
          <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => change({ open: 'new' })}>
            {texts.list.create[kind]}
          </Button>
        )}
      </Group>
      <Group justify="space-between" align="center" mih={36}>
        <TextInput
          key={kind}
          type="search"
          placeholder={texts.list.search}
          aria-label={texts.list.searchLabel[kind]}
          leftSection={<IconSearch size={16} aria-hidden />}
          defaultValue={search.search ?? ''}
          onChange={(event) => searchFor(event.currentTarget.value)}
          flex="1 1 220px"
          maw={420}
        />
        {maySynchronise && <SynchroniseBar collection={collection} selected={selected} clear={() => setSelected([])} />}
      </Group>
      {records.isError && <ErrorView error={records.error} retry={() => void records.refetch()} />}
      <DataTable
        withTableBorder
        borderRadius="md"
        minHeight={records.data === undefined || records.data.rows.length === 0 ? 180 : 0}
        records={[...(records.data?.rows ?? [])]}
        columns={allColumns}
        fetching={records.isPending}
        loadingText={texts.common.loading}
        emptyState={
          <Text size="sm" c="dimmed">
            {texts.list.empty[kind]}
          </Text>
        }
        highlightOnHover
        rowClassName={() => 'clickable-row'}
        onRowClick={({ record }) => change({ open: record.id })}
        sortStatus={{ columnAccessor: search.sort ?? defaultSort, direction: search.direction ?? 'asc' }}
        onSortStatusChange={({ columnAccessor, direction }) => change({ sort: String(columnAccessor), direction, page: undefined }, true)}
        totalRecords={records.data?.total ?? 0}
        page={search.page ?? 1}
        onPageChange={(page) => change({ page: page === 1 ? undefined : page })}
        recordsPerPage={search.size ?? PAGE_SIZES[0] ?? 25}
        onRecordsPerPageChange={(size) => change({ size, page: undefined })}
        recordsPerPageOptions={PAGE_SIZES}
        recordsPerPageLabel={texts.list.pageSize}
        paginationText={({ from, to, totalRecords }) => texts.list.range(from, to, totalRecords)}
        paginationActiveBackgroundColor="tide.8"
        getPaginationControlProps={(control) => ({ 'aria-label': control === 'previous' ? texts.list.previousPage : texts.list.nextPage })}
        getPaginationItemProps={(page: number) => ({ 'aria-label': texts.list.page(page) })}
        {...(maySynchronise
          ? {
              selectedRecords: selected,
              onSelectedRecordsChange: setSelected,
              allRecordsSelectionCheckboxProps: { 'aria-label': texts.list.selectAll },
              getRecordSelectionCheckboxProps: (row: Row) => ({ 'aria-label': texts.list.select(nameOf(row)) }),
            }
          : {})}
      />
      <RecordDrawer view={view} open={search.open} collection={collection} close={() => change({ open: undefined })} />
    </Stack>
  );
}

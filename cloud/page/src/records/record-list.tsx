import { Anchor, Button, Group, Stack, TextInput, Title } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconPlus, IconSearch } from '@tabler/icons-react';
import { DataTable, type DataTableColumn } from 'mantine-datatable';
import { type ReactNode, useState } from 'react';
import { go, type ListSearch, useAddress } from '../app/address.ts';
import { ErrorView } from '../app/error-view.tsx';
import { useEmployeeMay } from '../session/session.ts';
import { collectionText, fieldText, texts } from '../texts/texts.ts';
import { type CloudRecord, type Collection, MAX_COUNTED, useRecords } from './collections.ts';
import { showValue } from './field-kind.ts';
import { isCalendar } from '../calendar/calendar-fields.ts';
import { ViewSwitch } from '../calendar/view-switch.tsx';
import { RecordDrawer } from './record-drawer.tsx';
import { titleOf, viewOf } from './views.ts';

const SIZES = [10, 25, 50, 100];

/** A collection's records: search, order, pages; what is shown stands in the address. */
export function RecordList({ collection }: { readonly collection: Collection }): ReactNode {
  const mayEdit = useEmployeeMay('edit');
  const { collection: _, ...shown } = useAddress();
  const show = (changed: Partial<ListSearch>): void => go(collection.name, { ...shown, page: 1, ...changed }, changed.open === undefined ? 'replace' : 'push');
  const [typed, setTyped] = useState(shown.search);
  const search = useDebouncedCallback((text: string) => show({ search: text }), 250);
  const view = viewOf(collection);
  const sort = shown.sort ?? view.sort;
  const { search: words, direction, page, size } = shown;
  const records = useRecords(collection.name, { search: words, sort, direction, page, size });
  const [first, ...rest] = view.list;

  const columns: DataTableColumn<CloudRecord>[] = [first, ...rest].flatMap((name, index) => {
    const field = collection.fields.find((candidate) => candidate.name === name);
    if (field === undefined) return [];
    const column: DataTableColumn<CloudRecord> = {
      accessor: name ?? '',
      title: fieldText(field.name),
      sortable: !field.type.startsWith('json'),
      ellipsis: true,
      cellsClassName: 'clipped',
      ...(index > 1 ? { visibleMediaQuery: '(min-width: 48em)' } : {}),
      render: (record) => {
        const text = showValue(field, record.values[field.name] ?? null);
        if (index > 0) return text;
        return (
          <Anchor
            component="button"
            type="button"
            ta="start"
            fz="sm"
            display="block"
            maw="100%"
            truncate
            aria-label={texts.list.openRecord(titleOf(collection, record))}
            onClick={() => show({ page, open: JSON.stringify(record.key) })}
          >
            {text === texts.common.none ? titleOf(collection, record) : text}
          </Anchor>
        );
      },
    };
    return [column];
  });

  return (
    <Stack>
      <Group justify="space-between">
        <Group gap="md">
          <Title order={1} size="h2" className="breakable">
            {collectionText(collection.name)}
          </Title>
          {isCalendar(collection) && <ViewSwitch view="list" change={(view) => show({ view })} />}
        </Group>
        {mayEdit && collection.insertable && (
          <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => show({ page, open: 'new' })}>
            {texts.list.add}
          </Button>
        )}
      </Group>
      <TextInput
        type="search"
        aria-label={texts.list.search}
        placeholder={texts.list.search}
        leftSection={<IconSearch size={16} aria-hidden />}
        maw={420}
        value={typed}
        onChange={(event) => {
          setTyped(event.currentTarget.value);
          search(event.currentTarget.value);
        }}
      />
      {records.isError ? (
        <ErrorView error={records.error} retry={() => void records.refetch()} />
      ) : (
        <DataTable<CloudRecord>
          withTableBorder
          borderRadius="md"
          minHeight={180}
          idAccessor={(record) => JSON.stringify(record.key)}
          columns={columns}
          records={[...(records.data?.rows ?? [])]}
          fetching={records.isPending}
          noRecordsText={words === '' ? texts.list.emptyYet : texts.list.empty}
          sortStatus={{ columnAccessor: sort ?? '', direction }}
          onSortStatusChange={({ columnAccessor, direction: wanted }) => show({ sort: String(columnAccessor), direction: wanted })}
          totalRecords={Math.min(records.data?.total ?? 0, MAX_COUNTED)}
          page={page}
          onPageChange={(wanted) => show({ page: wanted })}
          recordsPerPage={size}
          recordsPerPageOptions={SIZES}
          onRecordsPerPageChange={(wanted) => show({ size: wanted })}
          recordsPerPageLabel={texts.list.pageSize}
          paginationText={({ from, to }) => texts.list.range(from, to, records.data?.total ?? 0, MAX_COUNTED)}
          getPaginationControlProps={(control) => ({ 'aria-label': control === 'previous' ? texts.list.previousPage : texts.list.nextPage })}
        />
      )}
      <RecordDrawer collection={collection} open={shown.open} close={() => show({ page, open: undefined })} />
    </Stack>
  );
}

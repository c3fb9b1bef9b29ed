import { Anchor, Button, Group, Stack, TextInput, Title } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconPlus, IconSearch } from '@tabler/icons-react';
import { DataTable, type DataTableColumn } from 'mantine-datatable';
import { type MouseEvent, type ReactNode, useState } from 'react';
import { go, useAddress } from '../app/address.ts';
import type { ListSearch } from '../app/place.ts';
import { SortHeading } from '../../../../web/page/sort-heading.tsx';
import { ErrorView } from '../app/error-view.tsx';
import { useEmployeeMay } from '../session/session.ts';
import { collectionText, texts } from '../texts/texts.ts';
import { type CloudRecord, type Collection, type Field, MAX_COUNTED, useRecords } from './collections.ts';
import { listText, whenText } from './field-kind.ts';
import { isCalendar } from '../calendar/calendar-fields.ts';
import { newTimes, today } from '../calendar/appointment-times.ts';
import { ViewSwitch } from '../calendar/view-switch.tsx';
import { RecordDrawer } from './record-drawer.tsx';
import { columnText, sortOf, titleOf, viewOf } from './views.ts';

const SIZES = [10, 25, 50, 100];

/** A collection's records: search, order, pages; what is shown stands in the address. */
export function RecordList({ collection }: { readonly collection: Collection }): ReactNode {
  const mayEdit = useEmployeeMay('edit');
  const { collection: _, ...shown } = useAddress();
  const show = (changed: Partial<ListSearch>): void => go(collection.name, { ...shown, page: 1, ...changed }, changed.open === undefined ? 'replace' : 'push');
  const [typed, setTyped] = useState(shown.search);
  // Who goes back, or follows a link, finds what is searched for there.
  const [sought, setSought] = useState(shown.search);
  if (sought !== shown.search) {
    setSought(shown.search);
    setTyped(shown.search);
  }
  const search = useDebouncedCallback((text: string) => show({ search: text }), 250);
  const view = viewOf(collection);
  const sort = shown.sort ?? view.sort;
  const { search: words, direction, page, size } = shown;
  const records = useRecords(collection.name, { search: words, sort: sortOf(view, sort), direction, page, size });

  const columns: DataTableColumn<CloudRecord>[] = view.list.flatMap((name, index) => {
    const field = collection.fields.find((candidate) => candidate.name === name);
    if (field === undefined) return [];
    const title = columnText(collection, name);
    const column: DataTableColumn<CloudRecord> = {
      accessor: name,
      title: (
        <SortHeading
          title={title}
          hint={texts.list.sortBy(title)}
          sorted={sort === name ? direction : undefined}
          sort={(wanted) => show({ sort: name, direction: wanted })}
        />
      ),
      ellipsis: true,
      cellsClassName: 'clipped',
      ...(index < 2 ? {} : { visibleMediaQuery: index < 4 ? '(min-width: 48em)' : '(min-width: 75em)' }),
      render: (record) => (
        <Cell collection={collection} field={field} record={record} open={index > 0 ? undefined : () => show({ page, open: JSON.stringify(record.key) })} />
      ),
    };
    return [column];
  });

  return (
    <Stack data-loading={records.isFetching || undefined}>
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
          highlightOnHover
          // On a lighter grey the names would be too faint in the dark.
          highlightOnHoverColor={{ light: 'gray.1', dark: 'dark.6' }}
          scrollAreaProps={{ type: 'auto' }}
          rowClassName={() => 'clickable-row'}
          onRowClick={({ record }) => show({ page, open: JSON.stringify(record.key) })}
          fetching={records.isPending}
          noRecordsText={words === '' ? texts.list.emptyYet : texts.list.empty}
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
      <RecordDrawer
        collection={collection}
        open={shown.open}
        initial={isCalendar(collection) ? newTimes(today()) : undefined}
        close={() => show({ page, open: undefined })}
      />
    </Stack>
  );
}

/** A value in the list; the first one opens its record. */
function Cell({
  collection,
  field,
  record,
  open,
}: {
  readonly collection: Collection;
  readonly field: Field;
  readonly record: CloudRecord;
  readonly open: (() => void) | undefined;
}): ReactNode {
  const isWhen = field.name === 'startsAt' && isCalendar(collection);
  const text = isWhen ? whenText(collection, record.values) : listText(field, record.values[field.name] ?? null);
  if (open === undefined) return text;
  const name = titleOf(collection, record);
  const click = (event: MouseEvent): void => {
    // Its row would open it once more.
    event.stopPropagation();
    open();
  };
  return (
    <Anchor component="button" type="button" ta="start" fz="sm" display="block" maw="100%" truncate aria-label={texts.list.openRecord(name)} onClick={click}>
      {text === texts.common.none ? name : text}
    </Anchor>
  );
}

import { Anchor, Button, Group, Kbd, Stack, TextInput, Title } from '@mantine/core';
import { useDebouncedCallback, useHotkeys } from '@mantine/hooks';
import { IconPlus, IconSearch } from '@tabler/icons-react';
import { DataTable, type DataTableColumn } from 'mantine-datatable';
import { type MouseEvent, type ReactNode, useRef, useState } from 'react';
import { go, useAddress } from '../app/address.ts';
import type { ListSearch } from '../app/place.ts';
import { today } from '../../../../web/page/dates/viewer-clock.ts';
import { isMarkingText, namedCells, stackedOrFrom } from '../../../../web/page/list/stacked-rows.ts';
import { SortHeading } from '../../../../web/page/sort-heading.tsx';
import { ErrorView } from '../app/error-view.tsx';
import { useEmployeeMay } from '../session/session.ts';
import { collectionText, texts } from '../texts/texts.ts';
import { type CloudRecord, type Collection, type Field, MAX_COUNTED, useRecords } from './collections.ts';
import { listText, whenText } from './field-kind.ts';
import { isCalendar } from '../calendar/calendar-fields.ts';
import { newTimes } from '../calendar/appointment-times.ts';
import { ViewSwitch } from '../calendar/view-switch.tsx';
import { RecordDrawer } from './record-drawer.tsx';
import { columnText, sortOf, titleOf, viewOf } from './views.ts';

const SIZES = [10, 25, 50, 100];

/** A collection's records: search, order, pages; what is shown stands in the address. */
export function RecordList({ collection }: { readonly collection: Collection }): ReactNode {
  const mayAdd = useEmployeeMay('edit') && collection.insertable;
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
  const input = useRef<HTMLInputElement>(null);
  useHotkeys([
    ['/', () => input.current?.focus()],
    ['n', () => mayAdd && shown.open === undefined && show({ page: shown.page, open: 'new' })],
  ]);
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
      cellsClassName: 'clipped',
      // What opens the record needs no name.
      ...(index === 0 ? {} : namedCells(title)),
      ...(index < 2 ? {} : { visibleMediaQuery: index < 4 ? stackedOrFrom('sm') : '(min-width: 75em)' }),
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
        {mayAdd && (
          <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => show({ page, open: 'new' })}>
            {texts.list.add}
          </Button>
        )}
      </Group>
      <TextInput
        type="search"
        aria-label={texts.list.search}
        placeholder={texts.list.search}
        ref={input}
        leftSection={<IconSearch size={16} aria-hidden />}
        rightSection={
          <Kbd size="xs" visibleFrom="sm" aria-hidden>
            /
          </Kbd>
        }
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
          className="stacked-rows"
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
          onRowClick={({ record }) => isMarkingText() || show({ page, open: JSON.stringify(record.key) })}
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
  if (open === undefined) return <div className="cell-text">{text}</div>;
  const name = titleOf(collection, record);
  const click = (event: MouseEvent): void => {
    // Its row would open it once more.
    event.stopPropagation();
    open();
  };
  return (
    <Anchor component="button" type="button" ta="start" fz="sm" fw={550} className="cell-text" aria-label={texts.list.openRecord(name)} onClick={click}>
      {text === texts.common.none ? name : text}
    </Anchor>
  );
}

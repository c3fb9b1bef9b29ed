import { Button, Checkbox, Group, Stack, Table, Text } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import type { Page, SetAside } from '../api/answers.ts';
import { KEYS } from '../api/query-client.ts';
import { queryString, request } from '../api/request.ts';
import { ErrorView } from '../app/error-view.tsx';
import { fieldLabel } from '../texts/field-label.ts';
import { Dialog } from '../parts/dialog.tsx';
import { ScrolledTable } from '../parts/scrolled-table.tsx';
import { useMay } from '../session/session.ts';
import { asideText } from '../texts/reason-text.ts';
import { texts } from '../texts/texts.ts';
import { BulkMend } from './bulk-mend.tsx';
import { useOneRecord } from './one-record.tsx';
import { RecordAnchor } from './record-anchor.tsx';
import { SetAsideForm } from './set-aside-form.tsx';
import { Moment } from '../parts/moment.tsx';

const words = texts.sync.aside;

/** Records that a store could not take, each with its reason; an administrator mends them here. */
export function SetAsideTable(): ReactNode {
  const mayGovern = useMay('govern');
  const [open, setOpen] = useState<SetAside | null>(null);
  const [chosenIds, setChosenIds] = useState<ReadonlySet<string>>(new Set());
  const { key, pill } = useOneRecord('set-aside');
  const { data, error, refetch } = useQuery({
    queryKey: [KEYS.status, 'set-aside', { key }],
    queryFn: () => request<Page<SetAside>>('GET', `set-aside${queryString({ size: 100, key })}`),
    placeholderData: keepPreviousData,
  });
  if (error !== null) return <ErrorView error={error} retry={() => void refetch()} />;
  if (data?.rows.length === 0)
    return (
      <Stack gap="sm">
        {pill}
        <Text c="dimmed">{texts.sync.noSetAside}</Text>
      </Stack>
    );
  const shown = data?.rows ?? [];
  const chosen = shown.filter(({ id }) => chosenIds.has(id));
  const head = [words.record, words.direction, words.field, words.reason, `@${words.since}`, ...(mayGovern ? [texts.console.aside.act] : [])];
  return (
    <Stack gap="sm">
      {pill}
      {mayGovern && shown.length > 1 && <BulkMend rows={shown} chosen={chosen} choose={(rows) => setChosenIds(new Set(rows.map(({ id }) => id)))} />}
      <ScrolledTable label={texts.sync.setAside} minWidth={820} head={head}>
        {shown.map((row) => (
          <Table.Tr key={row.id}>
            <Table.Td>
              <Group gap="xs" wrap="nowrap">
                {mayGovern && shown.length > 1 && (
                  <Checkbox
                    size="xs"
                    aria-label={texts.console.aside.select(asideText(row))}
                    checked={chosenIds.has(row.id)}
                    onChange={(event) => {
                      const { checked } = event.currentTarget;
                      setChosenIds((old) => new Set(checked ? [...old, row.id] : [...old].filter((id) => id !== row.id)));
                    }}
                  />
                )}
                <div>
                  <RecordAnchor collection={row.collection} recordKey={row.key} />
                </div>
              </Group>
            </Table.Td>
            <Table.Td className="nowrap">{row.direction === 'forward' ? texts.sync.run.directions.forward : texts.sync.run.directions.reverse}</Table.Td>
            <Table.Td>{row.field === null ? texts.state.wholeRecord : row.field.split(', ').map(fieldLabel).join(', ')}</Table.Td>
            <Table.Td className="breakable" miw={240}>
              {asideText(row)}
            </Table.Td>
            <Table.Td className="nowrap">
              <Moment at={row.createdAt} />
            </Table.Td>
            {mayGovern && (
              <Table.Td>
                <Button size="compact-sm" variant="default" onClick={() => setOpen(row)} aria-label={texts.console.aside.mendOf(asideText(row))}>
                  {texts.console.aside.mend}
                </Button>
              </Table.Td>
            )}
          </Table.Tr>
        ))}
      </ScrolledTable>
      {data !== undefined && data.total > data.rows.length && (
        <Text size="sm" c="dimmed">
          {texts.common.more(data.rows.length, data.total)}
        </Text>
      )}
      <Dialog wide opened={open !== null} title={texts.console.aside.title} close={() => setOpen(null)}>
        {open !== null && <SetAsideForm key={open.id} id={open.id} close={() => setOpen(null)} />}
      </Dialog>
    </Stack>
  );
}

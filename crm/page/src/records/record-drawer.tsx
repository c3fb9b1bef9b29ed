import { Center, Drawer, Group, Loader, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { KEYS } from '../api/query-client.ts';
import { request } from '../api/request.ts';
import { ErrorView } from '../app/error-view.tsx';
import { texts } from '../texts/texts.ts';
import { RecordForm } from './record-form.tsx';
import type { RecordView, Stored } from './record-view.ts';
import { StateChip } from './state-chip.tsx';
import { useStates } from './use-list.ts';

/** A record beside its list: `open` is its id, or `new`. */
export function RecordDrawer<Fields extends object, Row extends Fields & Stored>({
  view,
  open,
  collection,
  close,
}: {
  readonly view: RecordView<Fields, Row>;
  readonly open: string | undefined;
  readonly collection: string | undefined;
  readonly close: () => void;
}): ReactNode {
  const isStored = open !== undefined && open !== 'new';
  const record = useQuery({
    queryKey: [KEYS.records, view.kind, 'one', open],
    queryFn: () => request<Row>('GET', `${view.kind}/${open ?? ''}`),
    enabled: isStored,
    staleTime: 0,
    // Not kept when closed: a form that began with an older version could only end in a conflict.
    gcTime: 0,
  });
  const state = useStates(collection, isStored ? [open] : []).get(open ?? '');
  const row = isStored ? record.data : undefined;
  const title = row === undefined ? (open === 'new' ? texts.list.create[view.kind] : view.one) : view.nameOf(row);
  return (
    <Drawer.Root opened={open !== undefined} onClose={close} position="right" size="lg" closeOnEscape>
      <Drawer.Overlay />
      <Drawer.Content>
        {/* No <header>: a dialog's is no banner of the page. */}
        <Drawer.Header component="div">
          <Group gap="sm" wrap="nowrap" miw={0}>
            <Drawer.Title fz="lg" fw={650} className="breakable">
              {title}
            </Drawer.Title>
            <StateChip state={state} />
          </Group>
          <Drawer.CloseButton aria-label={texts.common.close} />
        </Drawer.Header>
        <Drawer.Body>
          {open === 'new' && <RecordForm key="new" view={view} record={null} close={close} />}
          {isStored && record.isPending && (
            <Center h={200}>
              <Loader aria-label={texts.common.loading} />
            </Center>
          )}
          {isStored && record.isError && <ErrorView error={record.error} />}
          {row !== undefined && !record.isError && <RecordForm key={row.id} view={view} record={row} close={close} />}
          {row !== undefined && (
            <Text size="xs" c="dimmed" mt="md">
              {row.id}
            </Text>
          )}
        </Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
  );
}

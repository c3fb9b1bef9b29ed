import { ActionIcon, Button, Center, Drawer, Group, Loader, Stack, Text } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { IconArrowsDiagonal, IconChevronDown, IconChevronUp } from '@tabler/icons-react';
import { type ReactNode, useCallback, useState } from 'react';
import { ErrorView } from '../app/error-view.tsx';
import { RoutedButton } from '../app/routed.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { texts } from '../texts/texts.ts';
import { RecordForm } from './record-form.tsx';
import type { RecordView, Stored } from './record-view.ts';
import { StateChip } from './state-chip.tsx';
import { useStates } from './use-list.ts';
import { useRecord } from './use-record.ts';

interface RecordDrawerProps<Fields extends object, Row extends Fields & Stored> {
  readonly view: RecordView<Fields, Row>;
  /** Id of the record, or `new`. */
  readonly open: string | undefined;
  readonly initial?: Partial<Fields> | undefined;
  readonly collection: string | undefined;
  /** Ids of the list beside it, in order, to go on to the next one. */
  readonly neighbours?: readonly string[];
  /** Opens another, or none. */
  readonly go: (open: string | undefined) => void;
}

/** A record beside its list. What was entered and not saved is not lost by a slip. */
export function RecordDrawer<Fields extends object, Row extends Fields & Stored>({
  view,
  open,
  initial,
  collection,
  neighbours = [],
  go,
}: RecordDrawerProps<Fields, Row>): ReactNode {
  const isStored = open !== undefined && open !== 'new';
  const record = useRecord<Row>(view.kind, isStored ? open : undefined);
  const state = useStates(collection, isStored ? [open] : []).get(open ?? '');
  const row = isStored ? record.data : undefined;
  const title = row === undefined ? (open === 'new' ? texts.list.create[view.kind] : view.one) : view.nameOf(row);
  const [isDirty, setDirty] = useState(false);
  const [leaving, setLeaving] = useState<{ readonly to: string | undefined } | null>(null);
  const leave = useCallback(
    (to: string | undefined): void => {
      // Asked after this event: the key that leaves would close the question as well.
      if (isDirty) setTimeout(() => setLeaving({ to }));
      else go(to);
    },
    [isDirty, go],
  );
  const at = neighbours.indexOf(open ?? '');
  const [previous, next] = at < 0 ? [] : [neighbours[at - 1], neighbours[at + 1]];
  useHotkeys([
    ['alt+ArrowUp', () => previous !== undefined && leave(previous)],
    ['alt+ArrowDown', () => next !== undefined && leave(next)],
  ]);
  const done = (): void => {
    setDirty(false);
    go(undefined);
  };
  return (
    <>
      <Drawer.Root opened={open !== undefined} onClose={() => leave(undefined)} position="right" size="lg" closeOnEscape={leaving === null}>
        <Drawer.Overlay />
        <Drawer.Content>
          {/* No <header>: a dialog's is no banner of the page. */}
          <Drawer.Header component="div">
            <Group gap="sm" wrap="nowrap" miw={0} flex={1}>
              <Drawer.Title fz="lg" fw={650} lh={1.3} className="breakable clamped">
                {title}
              </Drawer.Title>
              <StateChip state={state} />
            </Group>
            {at >= 0 && (
              <Group gap={4} wrap="nowrap" mx="xs">
                <ActionIcon variant="default" size={30} disabled={previous === undefined} aria-label={texts.record.previous} onClick={() => leave(previous)}>
                  <IconChevronUp size={18} />
                </ActionIcon>
                <ActionIcon variant="default" size={30} disabled={next === undefined} aria-label={texts.record.next} onClick={() => leave(next)}>
                  <IconChevronDown size={18} />
                </ActionIcon>
              </Group>
            )}
            <Drawer.CloseButton aria-label={texts.common.close} />
          </Drawer.Header>
          <Drawer.Body>
            {open === 'new' && <RecordForm key="new" view={view} record={null} initial={initial} onDirty={setDirty} close={done} />}
            {isStored && record.isPending && (
              <Center h={200}>
                <Loader aria-label={texts.common.loading} />
              </Center>
            )}
            {isStored && record.isError && <ErrorView error={record.error} />}
            {row !== undefined && !record.isError && (
              <>
                <RoutedButton
                  to="/$kind/$id"
                  params={{ kind: view.kind, id: row.id }}
                  variant="default"
                  size="xs"
                  mb="sm"
                  leftSection={<IconArrowsDiagonal size={14} aria-hidden />}
                >
                  {texts.record.openPage}
                </RoutedButton>
                <RecordForm key={row.id} view={view} record={row} onDirty={setDirty} close={done} />
              </>
            )}
          </Drawer.Body>
        </Drawer.Content>
      </Drawer.Root>
      <Dialog opened={leaving !== null} title={texts.record.unsaved} close={() => setLeaving(null)}>
        <Stack gap="sm">
          <Text size="sm">{texts.record.unsavedText}</Text>
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={() => setLeaving(null)} data-autofocus>
              {texts.record.stay}
            </Button>
            <Button
              color="red.9"
              onClick={() => {
                setDirty(false);
                go(leaving?.to);
                setLeaving(null);
              }}
            >
              {texts.record.leave}
            </Button>
          </Group>
        </Stack>
      </Dialog>
    </>
  );
}

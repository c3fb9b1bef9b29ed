import { ActionIcon, Center, Group, Loader } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { IconArrowsDiagonal, IconChevronDown, IconChevronUp } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { SidePanel } from '../../../../web/page/side-panel.tsx';
import { ErrorView } from '../app/error-view.tsx';
import { RoutedButton } from '../app/routed.tsx';
import { texts } from '../texts/texts.ts';
import { RecordForm } from './record-form.tsx';
import type { RecordView, Stored } from './record-view.ts';
import { StateChip } from './state-chip.tsx';
import { useRouter } from '@tanstack/react-router';
import { useUnsaved } from '../../../../web/page/unsaved/use-unsaved.tsx';
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
  const { setDirty, isAsking, question } = useUnsaved(useRouter().history);
  const at = neighbours.indexOf(open ?? '');
  const [previous, next] = at < 0 ? [] : [neighbours[at - 1], neighbours[at + 1]];
  useHotkeys([
    ['alt+ArrowUp', () => previous !== undefined && go(previous)],
    ['alt+ArrowDown', () => next !== undefined && go(next)],
  ]);
  const close = (): void => go(undefined);
  return (
    <>
      <SidePanel
        opened={open !== undefined}
        close={close}
        title={title}
        closeText={texts.common.close}
        closeOnEscape={!isAsking}
        beside={<StateChip state={state} />}
        acts={
          at >= 0 && (
            <Group gap={4} wrap="nowrap" mx="xs">
              <ActionIcon variant="default" size={30} disabled={previous === undefined} aria-label={texts.record.previous} onClick={() => go(previous)}>
                <IconChevronUp size={18} />
              </ActionIcon>
              <ActionIcon variant="default" size={30} disabled={next === undefined} aria-label={texts.record.next} onClick={() => go(next)}>
                <IconChevronDown size={18} />
              </ActionIcon>
            </Group>
          )
        }
      >
        {open === 'new' && <RecordForm key="new" view={view} record={null} initial={initial} onDirty={setDirty} close={close} />}
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
            <RecordForm key={row.id} view={view} record={row} onDirty={setDirty} close={close} />
          </>
        )}
      </SidePanel>
      {question}
    </>
  );
}

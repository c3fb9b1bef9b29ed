import { ActionIcon, Button, Center, Group, Loader } from '@mantine/core';
import { useDisclosure, useHotkeys } from '@mantine/hooks';
import { IconArrowsDiagonal, IconChevronDown, IconChevronUp, IconHistory } from '@tabler/icons-react';
import { lazy, type ReactNode, Suspense, useId } from 'react';
import { SidePanel } from '../../../../web/page/side-panel.tsx';
import { ErrorView } from '../app/error-view.tsx';
import { RoutedButton } from '../app/routed.tsx';
import type { AnyView } from '../history/views.ts';
import { texts } from '../texts/texts.ts';
import { RecordForm } from './record-form.tsx';
import type { RecordView, Stored } from './record-view.ts';
import { StateChip } from './state-chip.tsx';
import { useRouter } from '@tanstack/react-router';
import { useUnsaved } from '../../../../web/page/unsaved/use-unsaved.tsx';
import { useStates } from './use-list.ts';
import { useRecord } from './use-record.ts';

/** Not what everybody looks at first. */
const OriginsPanel = lazy(async () => ({ default: (await import('../history/origins-panel.tsx')).OriginsPanel }));

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
  const [areOriginsShown, { toggle: toggleOrigins }] = useDisclosure();
  const originsId = useId();
  const close = (): void => go(undefined);
  return (
    <>
      <SidePanel
        opened={open !== undefined}
        close={close}
        title={title}
        closeText={texts.common.close}
        closeOnEscape={!isAsking}
        beside={<StateChip state={state} collection={collection} />}
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
            <Group gap="xs" mb="sm">
              <RoutedButton
                to="/$kind/$id"
                params={{ kind: view.kind, id: row.id }}
                variant="default"
                size="xs"
                leftSection={<IconArrowsDiagonal size={14} aria-hidden />}
              >
                {texts.record.openPage}
              </RoutedButton>
              {collection !== undefined && (
                <Button
                  variant="default"
                  size="xs"
                  leftSection={<IconHistory size={14} aria-hidden />}
                  rightSection={areOriginsShown ? <IconChevronUp size={14} aria-hidden /> : <IconChevronDown size={14} aria-hidden />}
                  aria-expanded={areOriginsShown}
                  aria-controls={originsId}
                  onClick={toggleOrigins}
                >
                  {texts.history.origins.title}
                </Button>
              )}
            </Group>
            <div id={originsId}>
              {areOriginsShown && collection !== undefined && (
                <Suspense fallback={<Loader size="sm" aria-label={texts.common.loading} />}>
                  <OriginsPanel collection={collection} id={row.id} view={view as unknown as AnyView} />
                </Suspense>
              )}
            </div>
            <RecordForm key={row.id} view={view} record={row} onDirty={setDirty} close={close} />
          </>
        )}
      </SidePanel>
      {question}
    </>
  );
}

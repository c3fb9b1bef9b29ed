import { Center, Loader } from '@mantine/core';
import type { ReactNode } from 'react';
import { SidePanel } from '../../../../web/page/side-panel.tsx';
import { useUnsaved } from '../../../../web/page/unsaved/use-unsaved.tsx';
import { pageHistory } from '../app/address.ts';
import { ErrorView } from '../app/error-view.tsx';
import { collectionText, texts } from '../texts/texts.ts';
import { type Collection, useRecord, type Values } from './collections.ts';
import { RecordForm } from './record-form.tsx';
import { titleOf } from './views.ts';

/** One record beside its list: the one with this key (JSON), `new`, or none. */
export function RecordDrawer({
  collection,
  open,
  initial,
  close,
}: {
  readonly collection: Collection;
  readonly open: string | undefined;
  /** What a new one begins with. */
  readonly initial: Values | undefined;
  readonly close: () => void;
}): ReactNode {
  const isNew = open === 'new';
  const record = useRecord(collection.name, isNew ? undefined : open);
  const title = isNew
    ? (texts.record.new[collection.name] ?? texts.record.newIn(collectionText(collection.name)))
    : record.data === undefined
      ? ''
      : titleOf(collection, record.data);
  const { setDirty, isAsking, question } = useUnsaved(pageHistory);
  return (
    <>
      <SidePanel opened={open !== undefined} close={close} title={title} closeText={texts.common.close} closeOnEscape={!isAsking}>
        {isNew && <RecordForm collection={collection} initial={initial} onDirty={setDirty} close={close} />}
        {!isNew && record.isError && <ErrorView error={record.error} retry={() => void record.refetch()} />}
        {!isNew && record.isPending && open !== undefined && (
          <Center p="xl">
            <Loader aria-label={texts.common.loading} />
          </Center>
        )}
        {!isNew && record.data !== undefined && <RecordForm key={open} collection={collection} record={record.data} onDirty={setDirty} close={close} />}
      </SidePanel>
      {question}
    </>
  );
}

import { Center, Loader } from '@mantine/core';
import type { ReactNode } from 'react';
import { SidePanel } from '../../../../web/page/side-panel.tsx';
import { ErrorView } from '../app/error-view.tsx';
import { collectionText, texts } from '../texts/texts.ts';
import { type Collection, useRecord } from './collections.ts';
import { RecordForm } from './record-form.tsx';
import { titleOf } from './views.ts';

/** One record beside its list: the one with this key (JSON), `new`, or none. */
export function RecordDrawer({
  collection,
  open,
  close,
}: {
  readonly collection: Collection;
  readonly open: string | undefined;
  readonly close: () => void;
}): ReactNode {
  const isNew = open === 'new';
  const record = useRecord(collection.name, isNew ? undefined : open);
  const title = isNew ? `${texts.record.new} · ${collectionText(collection.name)}` : record.data === undefined ? '' : titleOf(collection, record.data);
  return (
    <SidePanel opened={open !== undefined} close={close} title={title} closeText={texts.common.close}>
      {isNew && <RecordForm collection={collection} close={close} />}
      {!isNew && record.isError && <ErrorView error={record.error} retry={() => void record.refetch()} />}
      {!isNew && record.isPending && open !== undefined && (
        <Center p="xl">
          <Loader aria-label={texts.common.loading} />
        </Center>
      )}
      {!isNew && record.data !== undefined && <RecordForm key={open} collection={collection} record={record.data} close={close} />}
    </SidePanel>
  );
}

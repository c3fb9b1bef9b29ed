import { Center, Drawer, Loader } from '@mantine/core';
import type { ReactNode } from 'react';
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
    <Drawer.Root opened={open !== undefined} onClose={close} position="right" size="lg">
      <Drawer.Overlay />
      <Drawer.Content>
        {/* No <header>: a dialog's is no banner of the page. */}
        <Drawer.Header component="div">
          <Drawer.Title fz="lg" fw={650} lh={1.3} className="breakable">
            {title}
          </Drawer.Title>
          <Drawer.CloseButton aria-label={texts.common.close} />
        </Drawer.Header>
        <Drawer.Body>
          {isNew && <RecordForm collection={collection} close={close} />}
          {!isNew && record.isError && <ErrorView error={record.error} retry={() => void record.refetch()} />}
          {!isNew && record.isPending && open !== undefined && (
            <Center p="xl">
              <Loader aria-label={texts.common.loading} />
            </Center>
          )}
          {!isNew && record.data !== undefined && <RecordForm key={open} collection={collection} record={record.data} close={close} />}
        </Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
  );
}

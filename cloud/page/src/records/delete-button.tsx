import { Button, Group, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconTrash } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Dialog } from '../../../../web/page/dialog.tsx';
import { request } from '../../../../web/page/request.ts';
import { sayDone, sayError } from '../app/say-error.ts';
import { texts } from '../texts/texts.ts';
import type { CloudRecord, Collection } from './collections.ts';

/** Deletes a record, once that was asked again. */
export function DeleteButton({
  collection,
  record,
  done,
}: {
  readonly collection: Collection;
  readonly record: CloudRecord;
  readonly done: () => void;
}): ReactNode {
  const client = useQueryClient();
  const [opened, { open, close }] = useDisclosure();
  const remove = useMutation({
    mutationFn: () => request('POST', `records/${collection.name}/remove`, { key: record.key, version: record.version }),
    onSuccess: () => {
      sayDone(texts.record.deleted);
      // What is about to close is not read once more: it is gone.
      void client.invalidateQueries({ queryKey: ['records', collection.name], predicate: ({ queryKey }) => queryKey[2] !== 'one' });
      done();
    },
    onError: (error) => {
      close();
      sayError(error);
    },
  });
  return (
    <>
      <Button variant="default" leftSection={<IconTrash size={16} aria-hidden />} onClick={open}>
        {texts.common.delete}
      </Button>
      <Dialog opened={opened} close={close} title={texts.record.deleteQuestion} closeText={texts.common.close}>
        <Stack>
          <Text>{texts.record.deleteHint}</Text>
          <Group justify="flex-end">
            <Button variant="default" onClick={close} data-autofocus>
              {texts.common.cancel}
            </Button>
            <Button color="red.9" loading={remove.isPending} onClick={() => remove.mutate()}>
              {texts.common.delete}
            </Button>
          </Group>
        </Stack>
      </Dialog>
    </>
  );
}

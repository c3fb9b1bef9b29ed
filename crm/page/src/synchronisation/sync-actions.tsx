import { Button, Group } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconCloudDownload, IconCloudUpload, IconPlayerPause } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { Link } from '../api/answers.ts';
import { KEYS, queryClient } from '../api/query-client.ts';
import { request } from '../api/request.ts';
import { sayDone, sayError } from '../app/say-error.ts';
import { ReasonDialog } from '../parts/reason-dialog.tsx';
import { useMay } from '../session/session.ts';
import { texts } from '../texts/texts.ts';

/** The orders that a user can give for everything at once. */
export function SyncActions({
  links,
  pulling,
  onPull,
}: {
  readonly links: readonly Link[];
  readonly pulling: boolean;
  /** Gets the ids of the requests that were ordered. */
  readonly onPull: (requests: readonly string[]) => void;
}): ReactNode {
  const maySynchronise = useMay('synchronise');
  const mayGovern = useMay('govern');
  const pull = useMutation({
    mutationFn: () => request<{ requests: string[] }>('POST', 'pull', {}),
    onSuccess: ({ requests }) => onPull(requests),
    onError: sayError,
  });
  const send = useMutation({
    mutationFn: () => request('POST', 'synchronise', { all: true }),
    onSuccess: () => sayDone(texts.sync.sent),
    onError: sayError,
  });
  return (
    <Group gap="sm">
      {maySynchronise && (
        <>
          <Button leftSection={<IconCloudDownload size={18} aria-hidden />} loading={pull.isPending} disabled={pulling} onClick={() => pull.mutate()}>
            {texts.sync.pull}
          </Button>
          <Button variant="default" leftSection={<IconCloudUpload size={18} aria-hidden />} loading={send.isPending} onClick={() => send.mutate()}>
            {texts.sync.sendAll}
          </Button>
        </>
      )}
      {mayGovern && links.some(({ state }) => state === 'open') && <PauseButton />}
    </Group>
  );
}

function PauseButton(): ReactNode {
  const [opened, { open, close }] = useDisclosure();
  const pause = useMutation({
    mutationFn: (reason: string) => request('POST', 'pause', { reason }),
    onSuccess: () => {
      sayDone(texts.sync.pausedDone);
      close();
      void queryClient.invalidateQueries({ queryKey: [KEYS.status] });
    },
    onError: sayError,
  });
  return (
    <>
      <Button variant="default" leftSection={<IconPlayerPause size={18} aria-hidden />} onClick={open}>
        {texts.sync.pause}
      </Button>
      <ReasonDialog
        opened={opened}
        title={texts.sync.pauseTitle}
        text={texts.sync.pauseText}
        confirm={texts.sync.pause}
        busy={pause.isPending}
        onConfirm={(reason) => pause.mutate(reason)}
        close={close}
      />
    </>
  );
}

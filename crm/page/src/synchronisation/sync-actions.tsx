import { Button, Group, Popover, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useDisclosure } from '@mantine/hooks';
import { IconCloudDownload, IconCloudUpload, IconPlayerPause } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { Link } from '../api/answers.ts';
import { KEYS, queryClient } from '../api/query-client.ts';
import { request } from '../api/request.ts';
import { sayDone, sayError } from '../app/say-error.ts';
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
  const [opened, { close, toggle }] = useDisclosure();
  const form = useForm({ initialValues: { reason: '' }, validate: { reason: (reason) => (reason.trim().length < 3 ? (texts.faults['needed'] ?? '') : null) } });
  const pause = useMutation({
    mutationFn: ({ reason }: { reason: string }) => request('POST', 'pause', { reason }),
    onSuccess: () => {
      sayDone(texts.sync.pausedDone);
      close();
      form.reset();
      void queryClient.invalidateQueries({ queryKey: [KEYS.status] });
    },
    onError: sayError,
  });
  return (
    <Popover opened={opened} onChange={(open) => !open && close()} width={280} withArrow trapFocus shadow="md">
      <Popover.Target>
        <Button variant="default" leftSection={<IconPlayerPause size={18} aria-hidden />} onClick={toggle}>
          {texts.sync.pause}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <form onSubmit={form.onSubmit((values) => pause.mutate(values))}>
          <Stack gap="sm">
            <TextInput label={texts.sync.pauseReason} {...form.getInputProps('reason')} />
            <Button type="submit" loading={pause.isPending}>
              {texts.sync.pause}
            </Button>
          </Stack>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}

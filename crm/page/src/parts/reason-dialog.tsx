import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import type { ReactNode } from 'react';
import { Dialog } from './dialog.tsx';
import { texts } from '../texts/texts.ts';

/** Least length of a reason, as the API wants it. */
const MIN_REASON = 3;

/** Asks for a reason before something is done that an auditor may ask about. */
export function ReasonDialog({
  opened,
  title,
  text,
  confirm,
  danger = false,
  busy,
  onConfirm,
  close,
}: {
  readonly opened: boolean;
  readonly title: string;
  readonly text?: string;
  /** Word on the button that does it. */
  readonly confirm: string;
  readonly danger?: boolean;
  readonly busy: boolean;
  readonly onConfirm: (reason: string) => void;
  readonly close: () => void;
}): ReactNode {
  const form = useForm({
    initialValues: { reason: '' },
    validate: { reason: (reason) => (reason.trim().length < MIN_REASON ? (texts.faults['needed'] ?? '') : null) },
  });
  return (
    <Dialog opened={opened} title={title} close={close}>
      <form onSubmit={form.onSubmit(({ reason }) => onConfirm(reason.trim()))}>
        <Stack gap="sm">
          {text !== undefined && <Text size="sm">{text}</Text>}
          <TextInput label={texts.common.reason} withAsterisk data-autofocus maxLength={500} {...form.getInputProps('reason')} />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={close}>
              {texts.common.cancel}
            </Button>
            <Button type="submit" loading={busy} {...(danger ? { color: 'red.9' } : {})}>
              {confirm}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}

import { Button, Popover, Stack, Text } from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { texts } from '../texts/texts.ts';

/** Deletes after one more question. */
export function DeleteButton({ name, deleting, onDelete }: { readonly name: string; readonly deleting: boolean; readonly onDelete: () => void }): ReactNode {
  return (
    <Popover width={260} position="top-start" withArrow trapFocus shadow="md">
      <Popover.Target>
        <Button variant="default" leftSection={<IconTrash size={16} aria-hidden />} loading={deleting}>
          {texts.common.delete}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="sm">
          <Text size="sm">{texts.record.deleteQuestion(name)}</Text>
          <Button color="red.9" onClick={onDelete} loading={deleting}>
            {texts.common.delete}
          </Button>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

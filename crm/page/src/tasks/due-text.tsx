import { Group, Text } from '@mantine/core';
import { IconAlarm } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { Task } from '../api/answers.ts';
import { texts } from '../texts/texts.ts';
import { dueText, isOverdue } from './task-view.ts';

/** When a task is due; what is overdue says so. */
export function DueText({ task }: { readonly task: Task }): ReactNode {
  if (!isOverdue(task)) return dueText(task);
  return (
    <Group gap={4} wrap="nowrap">
      <IconAlarm size={16} color="var(--mantine-color-error)" aria-label={texts.task.dueFilter.overdue} style={{ flex: 'none' }} />
      <Text size="sm" fw={600} c="var(--mantine-color-error)">
        {dueText(task)}
      </Text>
    </Group>
  );
}

import type { ReactNode } from 'react';
import { stackedOrFrom } from '../../../../web/page/list/stacked-rows.ts';
import type { Task } from '../api/answers.ts';
import { type ListColumn, RecordList } from '../records/record-list.tsx';
import { texts } from '../texts/texts.ts';
import { DueText } from './due-text.tsx';
import { priorityText, taskView } from './task-view.ts';
import { Moment } from '../parts/moment.tsx';

const words = texts.task;

const COLUMNS: readonly ListColumn<Task>[] = [
  { accessor: 'dueDate', title: words.due, sortable: true, render: (task) => <DueText task={task} /> },
  {
    accessor: 'status',
    title: words.status,
    sortable: true,
    render: ({ status }) => words.statuses[status],
    visibleMediaQuery: stackedOrFrom('md'),
  },
  {
    accessor: 'priority',
    title: words.priority,
    sortable: true,
    render: ({ priority }) => priorityText(priority),
    visibleMediaQuery: (theme) => `(min-width: ${theme.breakpoints.lg})`,
  },
  {
    accessor: 'contact',
    title: words.contactId,
    render: ({ contactName }) => contactName,
    visibleMediaQuery: stackedOrFrom('md'),
  },
  { accessor: 'updatedAt', title: texts.record.changedAt, sortable: true, render: ({ updatedAt }) => <Moment at={updatedAt} />, isExtra: true },
];

/** The list of tasks. */
export function TaskList(): ReactNode {
  return (
    <RecordList view={taskView} title={texts.navigation.tasks} columns={COLUMNS} nameColumn={{ title: words.subject, sort: 'subject' }} defaultSort="dueDate" />
  );
}

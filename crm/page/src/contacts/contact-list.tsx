import type { ReactNode } from 'react';
import { stackedOrFrom } from '../../../../web/page/list/stacked-rows.ts';
import type { Contact } from '../api/answers.ts';
import { formatDay } from '../app/format.ts';
import { type ListColumn, RecordList } from '../records/record-list.tsx';
import { texts } from '../texts/texts.ts';
import { contactView } from './contact-view.ts';
import { Moment } from '../parts/moment.tsx';

const words = texts.contact;

const COLUMNS: readonly ListColumn<Contact>[] = [
  { accessor: 'company', title: words.company, sortable: true, visibleMediaQuery: stackedOrFrom('xs') },
  { accessor: 'jobTitle', title: words.jobTitle, sortable: true, visibleMediaQuery: (theme) => `(min-width: ${theme.breakpoints.lg})` },
  { accessor: 'email', title: words.email, render: ({ emails }) => emails[0]?.value, visibleMediaQuery: (theme) => `(min-width: ${theme.breakpoints.md})` },
  {
    accessor: 'phone',
    title: words.phone,
    render: ({ phones }) => phones[0]?.value,
    isOneLine: true,
    visibleMediaQuery: stackedOrFrom('lg'),
  },
  { accessor: 'account', title: words.accountId, render: ({ accountName }) => accountName, isExtra: true },
  {
    accessor: 'birthday',
    title: words.birthday,
    sortable: true,
    render: ({ birthday }) => (birthday === null ? '' : formatDay(birthday)),
    isOneLine: true,
    isExtra: true,
  },
  { accessor: 'updatedAt', title: texts.record.changedAt, sortable: true, render: ({ updatedAt }) => <Moment at={updatedAt} />, isExtra: true },
];

/** The list of contacts. */
export function ContactList(): ReactNode {
  return (
    <RecordList view={contactView} title={texts.navigation.contacts} columns={COLUMNS} nameColumn={{ title: words.name, sort: 'name' }} defaultSort="name" />
  );
}

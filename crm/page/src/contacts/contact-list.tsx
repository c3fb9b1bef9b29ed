import type { DataTableColumn } from 'mantine-datatable';
import type { ReactNode } from 'react';
import type { Contact } from '../api/answers.ts';
import { RecordList } from '../records/record-list.tsx';
import { texts } from '../texts/texts.ts';
import { contactView } from './contact-view.ts';

const words = texts.contact;

const COLUMNS: DataTableColumn<Contact>[] = [
  { accessor: 'company', title: words.company, sortable: true, visibleMediaQuery: (theme) => `(min-width: ${theme.breakpoints.xs})` },
  { accessor: 'jobTitle', title: words.jobTitle, sortable: true, visibleMediaQuery: (theme) => `(min-width: ${theme.breakpoints.lg})` },
  { accessor: 'email', title: words.email, render: ({ emails }) => emails[0]?.value, visibleMediaQuery: (theme) => `(min-width: ${theme.breakpoints.md})` },
  { accessor: 'phone', title: words.phone, render: ({ phones }) => phones[0]?.value, visibleMediaQuery: (theme) => `(min-width: ${theme.breakpoints.lg})` },
];

/** The list of contacts. */
export function ContactList(): ReactNode {
  return (
    <RecordList view={contactView} title={texts.navigation.contacts} columns={COLUMNS} nameColumn={{ title: words.name, sort: 'name' }} defaultSort="name" />
  );
}

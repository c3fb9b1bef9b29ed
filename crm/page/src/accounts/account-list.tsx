import type { ReactNode } from 'react';
import { stackedOrFrom } from '../../../../web/page/list/stacked-rows.ts';
import type { Account } from '../api/answers.ts';
import { type ListColumn, RecordList } from '../records/record-list.tsx';
import { texts } from '../texts/texts.ts';
import { accountView } from './account-view.ts';
import { Moment } from '../parts/moment.tsx';

const words = texts.account;

const COLUMNS: readonly ListColumn<Account>[] = [
  { accessor: 'industry', title: words.industry, sortable: true },
  { accessor: 'phone', title: words.phone, visibleMediaQuery: stackedOrFrom('md') },
  { accessor: 'website', title: words.website, visibleMediaQuery: (theme) => `(min-width: ${theme.breakpoints.lg})` },
  { accessor: 'updatedAt', title: texts.record.changedAt, sortable: true, isExtra: true, render: ({ updatedAt }) => <Moment at={updatedAt} /> },
];

/** The list of accounts. */
export function AccountList(): ReactNode {
  return (
    <RecordList view={accountView} title={texts.navigation.accounts} columns={COLUMNS} nameColumn={{ title: words.name, sort: 'name' }} defaultSort="name" />
  );
}

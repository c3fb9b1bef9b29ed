import { accountFaults, type AccountFields, accountFieldsSchema, EMPTY_ACCOUNT } from '../../../records/account.ts';
import type { Account } from '../api/answers.ts';
import type { RecordView } from '../records/record-view.ts';
import { texts } from '../texts/texts.ts';
import { AccountInputs } from './account-inputs.tsx';

/** Accounts on the page. */
export const accountView: RecordView<AccountFields, Account> = {
  kind: 'accounts',
  table: 'crm.accounts',
  one: texts.account.one,
  labels: texts.account,
  schema: accountFieldsSchema,
  empty: EMPTY_ACCOUNT,
  faults: accountFaults,
  nameOf: ({ name }) => name || texts.account.unnamed,
  detailOf: ({ industry }) => industry ?? '',
  filters: [{ name: 'industry', label: texts.account.industry, type: 'text' }],
  related: ({ id }) => [{ kind: 'contacts', title: texts.navigation.contacts, filter: { account: id } }],
  Inputs: AccountInputs,
};

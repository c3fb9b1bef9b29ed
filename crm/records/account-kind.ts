import { type Account, Prisma } from '../../prisma/generated/crm/client.ts';
import { type AccountFields, accountFaults, accountFieldsSchema, EMPTY_ACCOUNT } from './account.ts';
import { accountFiltersSchema } from './filters.ts';
import type { RecordKind } from './record-store.ts';

/** Accounts in the store. */
export const accountKind: RecordKind<AccountFields, Account> = {
  table: 'crm.accounts',
  fields: accountFieldsSchema,
  filters: accountFiltersSchema,
  empty: EMPTY_ACCOUNT,
  faults: accountFaults,
  delegate: (client) => client.account,
  scalars: Object.keys(Prisma.AccountScalarFieldEnum),
  toFields: ({ name, industry, website, phone, note }) => ({ name, industry, website, phone, note }),
  toData: (changes) => changes,
};

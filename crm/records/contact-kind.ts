import { type Account, type Contact, Prisma } from '../../prisma/generated/crm/client.ts';
import { EMPTY_CONTACT, type ContactFields, contactFaults, contactFieldsSchema } from './contact.ts';
import { readLabelledValues } from './field-kinds.ts';
import { dateText, dateValue } from './local-times.ts';
import { contactFiltersSchema } from './filters.ts';
import type { RecordKind } from './record-store.ts';

/** A contact as it is read: with the name of its account. */
export type ReadContact = ContactFields & { readonly accountName?: string | null };

type ContactRow = Contact & { readonly account?: Pick<Account, 'name'> | null };

/** Contacts in the store. */
export const contactKind: RecordKind<ReadContact, ContactRow> = {
  table: 'crm.contacts',
  fields: contactFieldsSchema,
  filters: contactFiltersSchema,
  empty: EMPTY_CONTACT,
  faults: contactFaults,
  delegate: (client) => client.contact,
  scalars: Object.keys(Prisma.ContactScalarFieldEnum),
  joined: { relation: 'account', by: 'accountId', table: 'crm.accounts', columns: ['name'], field: 'accountName' },
  toFields: (row) => ({
    givenName: row.givenName,
    familyName: row.familyName,
    company: row.company,
    jobTitle: row.jobTitle,
    emails: readLabelledValues(row.emails),
    phones: readLabelledValues(row.phones),
    addresses: readLabelledValues(row.addresses),
    birthday: dateText(row.birthday),
    note: row.note,
    accountId: row.accountId,
    accountName: row.account?.name ?? null,
    creditLimit: row.creditLimit?.toFixed(2) ?? null,
    private: row.private,
  }),
  toData: ({ birthday, ...others }) => ({ ...others, ...(birthday === undefined ? {} : { birthday: dateValue(birthday) }) }),
};

import type { Contact } from '../../prisma/generated/crm/client.ts';
import { EMPTY_CONTACT, type ContactFields, contactFaults, contactFieldsSchema } from './contact.ts';
import { readLabelledValues } from './field-kinds.ts';
import { dateText, dateValue } from './local-times.ts';
import type { RecordKind } from './record-store.ts';

/** Contacts in the store. */
export const contactKind: RecordKind<ContactFields, Contact> = {
  table: 'crm.contacts',
  fields: contactFieldsSchema,
  empty: EMPTY_CONTACT,
  faults: contactFaults,
  delegate: (client) => client.contact,
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
    creditLimit: row.creditLimit?.toFixed(2) ?? null,
    private: row.private,
  }),
  toData: ({ birthday, ...others }) => ({ ...others, ...(birthday === undefined ? {} : { birthday: dateValue(birthday) }) }),
};

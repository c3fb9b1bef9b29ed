import { typedNumbers } from '../../../../web/page/typed-numbers.ts';
import { contactFaults, type ContactFields, contactFieldsSchema, EMPTY_CONTACT } from '../../../records/contact.ts';
import type { Contact } from '../api/answers.ts';
import { formatDay } from '../app/format.ts';
import { PRIVATE_FILTER, YES_NO } from '../records/private-filter.ts';
import type { RecordView } from '../records/record-view.ts';
import { formatLanguage, texts } from '../texts/texts.ts';
import { ContactInputs } from './contact-inputs.tsx';
import { contactName, findAccounts, readAccountChoice } from './find-contacts.ts';

const numbers = typedNumbers(formatLanguage);

/** Contacts on the page. */
export const contactView: RecordView<ContactFields, Contact> = {
  kind: 'contacts',
  table: 'crm.contacts',
  one: texts.contact.one,
  labels: texts.contact,
  schema: contactFieldsSchema,
  empty: EMPTY_CONTACT,
  faults: contactFaults,
  nameOf: contactName,
  detailOf: ({ company, emails }) => [company ?? '', emails[0]?.value ?? ''].filter(Boolean).join(', '),
  present: (fields) => ({ ...fields, creditLimit: fields.creditLimit === null ? null : numbers.write(fields.creditLimit) }),
  settle: (fields) => ({ ...fields, creditLimit: fields.creditLimit === null ? null : (numbers.read(fields.creditLimit) ?? fields.creditLimit) }),
  show: (field, value) => {
    if (typeof value !== 'string') return undefined;
    if (field === 'creditLimit') return numbers.write(value);
    return field === 'birthday' ? formatDay(value) : undefined;
  },
  references: { accountId: 'accounts' },
  filters: [
    { name: 'account', label: texts.contact.accountId, type: 'record', find: findAccounts, read: readAccountChoice },
    { name: 'hasEmail', label: texts.contact.hasEmail, type: 'choice', choices: YES_NO },
    PRIVATE_FILTER,
  ],
  related: ({ id, accountId }) => [
    { kind: 'tasks', title: texts.navigation.tasks, filter: { contact: id } },
    ...(accountId === null ? [] : [{ kind: 'contacts' as const, title: texts.contact.colleagues, filter: { account: accountId } }]),
  ],
  Inputs: ContactInputs,
};

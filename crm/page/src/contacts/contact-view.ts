import { contactFaults, type ContactFields, contactFieldsSchema, EMPTY_CONTACT } from '../../../records/contact.ts';
import type { Contact } from '../api/answers.ts';
import type { RecordView } from '../records/record-view.ts';
import { texts } from '../texts/texts.ts';
import { ContactInputs } from './contact-inputs.tsx';

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
  Inputs: ContactInputs,
};

/** A contact's name as lists show it: sorted by the family name, so that stands first. */
export function contactName({ givenName, familyName, company }: Pick<ContactFields, 'givenName' | 'familyName' | 'company'>): string {
  return [familyName, givenName].filter((part) => part !== null).join(', ') || (company ?? texts.contact.unnamed);
}

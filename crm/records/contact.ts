import { z } from 'zod';
import type { Fault } from './faults.ts';
import { amountSchema, dateSchema, emailsSchema, labelledValuesSchema, optionalText } from './field-kinds.ts';

/** What a user may enter of a contact. */
export const contactFieldsSchema = z.strictObject({
  givenName: optionalText(),
  familyName: optionalText(),
  company: optionalText(),
  jobTitle: optionalText(),
  emails: emailsSchema,
  phones: labelledValuesSchema,
  addresses: labelledValuesSchema,
  birthday: dateSchema.nullable(),
  note: optionalText(100_000),
  accountId: z.uuid().nullable(),
  /** Stays in the CRM. */
  creditLimit: amountSchema.nullable(),
  /** Private contacts do not leave the CRM. */
  private: z.boolean(),
});

/** What a user may enter of a contact. */
export type ContactFields = z.output<typeof contactFieldsSchema>;

/** A contact of which nothing is known yet. */
export const EMPTY_CONTACT: ContactFields = {
  givenName: null,
  familyName: null,
  company: null,
  jobTitle: null,
  emails: [],
  phones: [],
  addresses: [],
  birthday: null,
  note: null,
  accountId: null,
  creditLimit: null,
  private: false,
};

/** What is wrong with a contact as a whole. */
export function contactFaults({ givenName, familyName, company }: Pick<ContactFields, 'givenName' | 'familyName' | 'company'>): readonly Fault[] {
  if (givenName !== null || familyName !== null || company !== null) return [];
  return [{ field: 'familyName', fault: 'name-needed', message: 'needs a name, or the contact a company' }];
}

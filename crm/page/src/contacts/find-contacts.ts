import type { Account, Contact, Page } from '../api/answers.ts';
import { queryString, request } from '../api/request.ts';
import type { Choice } from '../records/choice-input.tsx';
import { wholeRow } from '../records/whole-row.ts';
import { texts } from '../texts/texts.ts';

/** A contact's name as lists show it: sorted by the family name, so that stands first. */
export function contactName({ givenName, familyName, company }: Pick<Contact, 'givenName' | 'familyName' | 'company'>): string {
  return [familyName, givenName].filter((part) => part !== null).join(', ') || (company ?? texts.contact.unnamed);
}

const contactChoice = (row: Contact): Choice => ({ value: row.id, label: contactName(wholeRow('contacts', row)) });
const accountChoice = ({ id, name }: Account): Choice => ({ value: id, label: name });

/** Contacts to choose from. */
export async function findContacts(search: string): Promise<readonly Choice[]> {
  return (await request<Page<Contact>>('GET', `contacts${queryString({ search, size: 50 })}`)).rows.map(contactChoice);
}

/** A contact that is chosen, for its name. */
export const readContactChoice = async (id: string): Promise<Choice> => contactChoice(await request<Contact>('GET', `contacts/${id}`));

/** Accounts to choose from. */
export async function findAccounts(search: string): Promise<readonly Choice[]> {
  return (await request<Page<Account>>('GET', `accounts${queryString({ search, size: 50 })}`)).rows.map(accountChoice);
}

/** An account that is chosen, for its name. */
export const readAccountChoice = async (id: string): Promise<Choice> => accountChoice(await request<Account>('GET', `accounts/${id}`));

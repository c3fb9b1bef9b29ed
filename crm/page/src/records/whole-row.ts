import { EMPTY_ACCOUNT } from '../../../records/account.ts';
import { EMPTY_APPOINTMENT } from '../../../records/appointment.ts';
import { EMPTY_CONTACT } from '../../../records/contact.ts';
import type { KindName } from '../../../records/record-stores.ts';
import { EMPTY_TASK } from '../../../records/task.ts';

const EMPTY: Readonly<Record<KindName, object>> = { contacts: EMPTY_CONTACT, accounts: EMPTY_ACCOUNT, appointments: EMPTY_APPOINTMENT, tasks: EMPTY_TASK };

/** A record as the page shows it: fields that rules of access hide from the user are not sent, and count as empty. */
export function wholeRow<Row>(kind: KindName, row: Row): Row {
  return { ...EMPTY[kind], ...row };
}

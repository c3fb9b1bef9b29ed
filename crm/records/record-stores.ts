import type { PrismaClient } from '../../prisma/generated/crm/client.ts';
import { accountKind } from './account-kind.ts';
import { appointmentKind } from './appointment-kind.ts';
import { contactKind } from './contact-kind.ts';
import { type RecordStore, recordStore } from './record-store.ts';
import { taskKind } from './task-kind.ts';

/** Kinds of records that have a list, by their place in the API. */
export type KindName = 'contacts' | 'accounts' | 'appointments' | 'tasks';

/** Stores of all kinds. */
export type RecordStores = Readonly<Record<KindName, RecordStore>>;

/** The sample CRM's records. */
export function recordStores(crm: PrismaClient): RecordStores {
  return {
    contacts: recordStore(crm, contactKind),
    accounts: recordStore(crm, accountKind),
    appointments: recordStore(crm, appointmentKind),
    tasks: recordStore(crm, taskKind),
  };
}

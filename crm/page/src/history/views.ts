import type { KindName } from '../../../records/record-stores.ts';
import { accountView } from '../accounts/account-view.ts';
import { appointmentView } from '../appointments/appointment-view.ts';
import { contactView } from '../contacts/contact-view.ts';
import type { RecordView, Stored } from '../records/record-view.ts';
import { taskView } from '../tasks/task-view.ts';

/** A view whose fields are not known here. */
export type AnyView = RecordView<object, Stored>;

/** The views of all kinds. */
export const VIEWS = { contacts: contactView, accounts: accountView, appointments: appointmentView, tasks: taskView } as unknown as Readonly<
  Record<KindName, AnyView>
>;

/** The kind of the records of a table; undefined where the page shows none of it. */
export const kindOfTable = (table: string | undefined): KindName | undefined => Object.values(VIEWS).find((view) => view.table === table)?.kind;

/** The view of a kind that stands in an address; undefined where there is none. */
export const viewOf = (kind: string): AnyView | undefined => (Object.hasOwn(VIEWS, kind) ? VIEWS[kind as KindName] : undefined);

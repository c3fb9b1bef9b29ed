import { calendarApplication } from './calendar.ts';
import type { CloudApplication } from './cloud-application.ts';
import { contactsApplication } from './contacts.ts';
import { tasksApplication } from './tasks.ts';

/** Every application that this cloud runs. What none of them stands ready for becomes plain records. */
export const CLOUD_APPLICATIONS: readonly CloudApplication[] = [contactsApplication, calendarApplication, tasksApplication];

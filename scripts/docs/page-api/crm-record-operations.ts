import type { z } from 'zod';
import { querySchema as byIdQuerySchema } from '../../../crm/api/records/read-records-by-id.ts';
import { idParamSchema } from '../../../crm/api/parse.ts';
import { querySchema as deletedVersionSchema } from '../../../crm/api/records/delete-record.ts';
import { listQuerySchema } from '../../../crm/api/records/list-records.ts';
import { querySchema as calendarQuerySchema } from '../../../crm/api/records/read-calendar.ts';
import { bodySchema as updateSchema } from '../../../crm/api/records/update-record.ts';
import { accountKind } from '../../../crm/records/account-kind.ts';
import { appointmentKind } from '../../../crm/records/appointment-kind.ts';
import { contactKind } from '../../../crm/records/contact-kind.ts';
import type { KindName } from '../../../crm/records/record-stores.ts';
import type { RecordStore } from '../../../crm/records/record-store.ts';
import { taskKind } from '../../../crm/records/task-kind.ts';
import type { PageOperations } from './operation.ts';

type Kind = RecordStore['kind'] & { readonly fields: z.ZodObject };
const KINDS: Readonly<Record<KindName, Kind>> = { contacts: contactKind, accounts: accountKind, appointments: appointmentKind, tasks: taskKind };

/** Operations on the records of every kind, and the calendar. */
export function recordOperations(): PageOperations {
  return Object.assign({}, calendar, ...Object.entries(KINDS).map(([path, kind]) => operationsOf(path, kind))) as PageOperations;
}

const calendar: PageOperations = {
  'get /api/calendar': {
    id: 'readCalendar',
    summary: 'Appointments of some days, series expanded, as a viewer in the zone sees them.',
    permission: 'read',
    query: calendarQuerySchema,
    codes: ['field-denied', 'record-denied'],
  },
};

function operationsOf(path: string, kind: Kind): PageOperations {
  const one = `${path[0]?.toUpperCase()}${path.slice(1, -1)}`;
  return {
    [`get /api/${path}`]: {
      id: `list${one}s`,
      summary: `One page of ${path}.`,
      permission: 'read',
      query: listQuerySchema(kind),
      codes: ['field-denied', 'record-denied'],
    },
    [`get /api/record-rights/${path}`]: {
      id: `read${one}Rights`,
      summary: 'What rules of access leave to the user.',
      permission: 'read',
      codes: ['record-denied'],
    },
    [`get /api/records-by-id/${path}`]: {
      id: `read${one}sById`,
      summary: 'Records by their ids; those that are gone, or not to be seen, are left out.',
      permission: 'read',
      query: byIdQuerySchema,
      codes: ['record-denied'],
    },
    [`post /api/${path}`]: {
      id: `create${one}`,
      summary: 'A new record; fields that are left out stay empty.',
      permission: 'write',
      body: kind.fields.partial(),
      status: 201,
      codes: ['constraint-violated', 'field-denied', 'record-denied'],
    },
    [`get /api/${path}/{id}`]: {
      id: `read${one}`,
      summary: 'One record.',
      permission: 'read',
      params: idParamSchema,
      codes: ['record-not-found', 'record-denied'],
    },
    [`patch /api/${path}/{id}`]: {
      id: `update${one}`,
      summary: 'Changes the named fields of the version that was read.',
      permission: 'write',
      params: idParamSchema,
      body: updateSchema.extend({ changes: kind.fields.partial() }),
      codes: ['record-not-found', 'version-conflict', 'constraint-violated', 'field-denied', 'record-denied'],
    },
    [`delete /api/${path}/{id}`]: {
      id: `delete${one}`,
      summary: 'Deletes the version that was read.',
      permission: 'write',
      params: idParamSchema,
      query: deletedVersionSchema,
      codes: ['record-not-found', 'version-conflict', 'constraint-violated', 'record-denied'],
    },
  };
}

import { calendarQuerySchema } from '../../../cloud/api/calendar.ts';
import { actsQuerySchema } from '../../../cloud/api/employees.ts';
import {
  collectionParamSchema,
  newRecordSchema,
  oneRecordSchema,
  recordChangeSchema,
  recordRemovalSchema,
  recordsQuerySchema,
} from '../../../cloud/api/records.ts';
import { passwordChangeSchema, signInSchema } from '../../../cloud/api/session.ts';
import { employeeRoleSchema } from '../../../cloud/employees/roles.ts';
import type { ErrorCode } from '../../../exchange/errors.ts';
import { accountParamSchema, newAccountSchema, roleChangeSchema } from '../../../web/sign-in/account-endpoints.ts';
import type { PageOperations } from './operation.ts';
import { sessionOperations } from './session-operations.ts';

const read = { permission: 'read' } as const;
const administer = { permission: 'administer' } as const;
const employee = { params: accountParamSchema } as const;
const place = { params: collectionParamSchema } as const;
const WRITES: readonly ErrorCode[] = [
  'record-denied',
  'collection-unknown',
  'record-not-found',
  'field-denied',
  'value-invalid',
  'key-invalid',
  'version-conflict',
  'constraint-violated',
];

/** Every operation of the third party's page. A route that is missing here, or is here alone, fails the generation. */
export const CLOUD_OPERATIONS: PageOperations = {
  ...sessionOperations({ who: 'an employee', signIn: signInSchema, passwordChange: passwordChangeSchema }),
  'get /api/collections': { id: 'listCollections', summary: "The tenant's collections with their fields, and who may change them.", ...read },
  'get /api/records/{collection}': {
    id: 'listRecords',
    summary: 'One page of records.',
    ...read,
    ...place,
    query: recordsQuerySchema,
    codes: ['collection-unknown'],
  },
  'get /api/records/{collection}/one': {
    id: 'readRecord',
    summary: 'One record, by its key.',
    ...read,
    ...place,
    query: oneRecordSchema,
    codes: ['collection-unknown', 'record-not-found', 'key-invalid', 'value-invalid'],
  },
  'post /api/records/{collection}': {
    id: 'createRecord',
    summary: 'A new record.',
    permission: 'edit',
    ...place,
    body: newRecordSchema,
    status: 201,
    codes: WRITES,
  },
  'patch /api/records/{collection}': {
    id: 'changeRecord',
    summary: 'Changes fields of the version that was read.',
    permission: 'edit',
    ...place,
    body: recordChangeSchema,
    codes: WRITES,
  },
  'post /api/records/{collection}/remove': {
    id: 'removeRecord',
    summary: 'Deletes the version that was read.',
    permission: 'edit',
    ...place,
    body: recordRemovalSchema,
    codes: WRITES,
  },
  'get /api/records/{collection}/calendar': {
    id: 'readCalendar',
    summary: 'Appointments of some days, series expanded.',
    ...read,
    ...place,
    query: calendarQuerySchema,
    codes: ['collection-unknown'],
  },
  'get /api/employees': { id: 'listEmployees', summary: "The tenant's employees.", ...administer },
  'get /api/employees/acts': {
    id: 'listEmployeeActs',
    summary: "What was done with the tenant's employees, the latest first.",
    ...administer,
    query: actsQuerySchema,
  },
  'post /api/employees': {
    id: 'addEmployee',
    summary: 'Adds an employee, with a password that is shown once.',
    ...administer,
    body: newAccountSchema(employeeRoleSchema),
    status: 201,
    codes: ['user-exists'],
  },
  'patch /api/employees/{id}': {
    id: 'changeEmployeeRole',
    summary: 'Gives an employee another role.',
    ...administer,
    ...employee,
    body: roleChangeSchema(employeeRoleSchema),
    codes: ['record-not-found', 'last-administrator'],
  },
  'post /api/employees/{id}/disable': {
    id: 'disableEmployee',
    summary: 'Shuts an employee out; all sessions end.',
    ...administer,
    ...employee,
    codes: ['record-not-found', 'last-administrator'],
  },
  'post /api/employees/{id}/enable': {
    id: 'enableEmployee',
    summary: 'Lets an employee sign in again.',
    ...administer,
    ...employee,
    codes: ['record-not-found'],
  },
  'post /api/employees/{id}/sign-out': {
    id: 'signEmployeeOut',
    summary: 'Ends all sessions of an employee.',
    ...administer,
    ...employee,
    codes: ['record-not-found'],
  },
  'post /api/employees/{id}/reset-password': {
    id: 'resetEmployeePassword',
    summary: 'Gives an employee a password that is shown once.',
    ...administer,
    ...employee,
    codes: ['record-not-found'],
  },
};

import type { CloudApplication } from './cloud-application.ts';

/** The contacts application. */
export const contactsApplication: CloudApplication = {
  collection: 'contacts',
  schema: 'cloud',
  table: 'people',
  tenantColumn: 'tenant',
  key: ['id'],
  columns: {
    id: { column: 'id', type: 'uuid', made: true },
    givenName: { column: 'first_name', type: 'text' },
    familyName: { column: 'last_name', type: 'text' },
    company: { column: 'organisation', type: 'text' },
    jobTitle: { column: 'title', type: 'text' },
    emails: { column: 'emails', type: 'jsonb' },
    phones: { column: 'phones', type: 'jsonb' },
    addresses: { column: 'addresses', type: 'jsonb' },
    birthday: { column: 'birthday', type: 'date' },
    note: { column: 'notes', type: 'text' },
  },
};

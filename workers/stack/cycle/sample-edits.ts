import type { ClientBase, Pool } from 'pg';
import { ident } from '../../../adaptor/data/quoting.ts';
import { type Edit, type EditValues, applyEdits } from '../../../cloud/service-manager/apply-edits.ts';
import { type EmployeePlace, employeePlace } from '../../../cloud/service-manager/employee-place.ts';

/** Number of records that each kind of edit touches. */
const EDITED = 5;

/** Fields that the cycle's employees change, for each built-in collection, and a new record. */
const EDITS: Readonly<Record<string, { readonly field: string; readonly value: string; readonly insert: EditValues }>> = {
  contacts: {
    field: 'jobTitle',
    value: 'Changed in the cloud',
    insert: { givenName: 'Nadia', familyName: 'Cloudborn', emails: '[{"label": "work", "value": "nadia@cloud.example"}]' },
  },
  appointments: {
    field: 'location',
    value: 'Moved in the cloud',
    insert: {
      uid: '',
      summary: 'Made in the cloud',
      allDay: 'true',
      startDate: '2027-02-01',
      endDate: '2027-02-02',
      exceptions: '[]',
      status: 'confirmed',
      attendees: '[]',
    },
  },
  tasks: { field: 'description', value: 'Noted in the cloud', insert: { subject: 'Made in the cloud', dueDate: '2027-03-01', status: 'open', priority: '5' } },
};

/** What the edits need of the place where they happen. */
export interface EditPlaces {
  readonly tenant: string;
  /** The cloud's store as its own users see it. */
  readonly users: Pool;
  /** The cloud's store as administrator, to choose records. */
  readonly admin: ClientBase;
}

/** Edits of the cloud's own users in the built-in collections: changes of some records, and a new one that is changed at once, in each. */
export async function editInCloud({ tenant, users, admin }: EditPlaces, collections: readonly string[]): Promise<void> {
  for (const collection of collections) {
    const plan = EDITS[collection];
    if (plan === undefined) continue;
    const place = await employeePlace(admin, tenant, collection);
    const keys = await firstKeys(admin, place, tenant, EDITED);
    const [key = ''] = place.key;
    const edits: Edit[] = keys.map((value) => ({ collection, key: { [key]: value }, set: { [plan.field]: plan.value } }));
    const id = crypto.randomUUID();
    edits.push({ collection, insert: { ...plan.insert, [key]: id, ...('uid' in plan.insert ? { uid: `${id}@cloud.example` } : {}) } });
    edits.push({ collection, key: { [key]: id }, set: { [plan.field]: plan.value } });
    await applyEdits(users, { tenant, actor: 'employee@cloud.example', edits });
  }
}

/** Keys of records that nothing refers to and that refer to nothing of their own kind: any of them may be edited. */
async function firstKeys(admin: ClientBase, place: EmployeePlace, tenant: string, limit: number): Promise<readonly string[]> {
  const column = ident(place.columns.find((c) => c.field === place.key[0])?.column ?? 'id');
  const { rows } = await admin.query<{ key: string }>(
    `select ${column}::text as key from ${ident(place.schema)}.${ident(place.table)} where tenant = $1 order by ${column} limit $2`,
    [tenant, limit],
  );
  return rows.map((row) => row.key);
}

/** Changes of the CRM's own users after the reverse run: updates in each built-in table, a new contact, a deleted task. */
export async function changeInCrm(admin: ClientBase): Promise<void> {
  await admin.query('begin');
  await admin.query(`select set_config('tidegate.actor', 'user@crm.example', true)`);
  await admin.query(
    `update crm.contacts set note = 'Changed in the CRM' where id in (select id from crm.contacts where not private order by id limit ${EDITED})`,
  );
  await admin.query(`insert into crm.contacts (given_name, family_name) values ('Karl', 'Crmborn')`);
  await admin.query(
    `update crm.appointments set description = 'Changed in the CRM' where id in (select id from crm.appointments where not private order by id limit ${EDITED})`,
  );
  await admin.query(`update crm.tasks set priority = 1 where id in (select id from crm.tasks where not private order by id limit ${EDITED})`);
  await admin.query(`delete from crm.tasks where id in (select id from crm.tasks where not private order by id desc limit 1)`);
  await admin.query('commit');
}

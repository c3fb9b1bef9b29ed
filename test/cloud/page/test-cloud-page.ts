import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import { createPool } from '../../../adaptor/data/pool.ts';
import { type CloudPageOptions, createCloudPage } from '../../../cloud/cloud-page.ts';
import type { EmployeeRole } from '../../../cloud/employees/roles.ts';
import { hashPassword } from '../../../web/sign-in/password.ts';
import { holdAgainst } from '../../support/hold-against.ts';
import { type CloudStore, CONTACTS, field, LINK, openCloudStore, PRODUCTS } from '../service-manager/service-manager-fixture.ts';

/** Password of every employee of a test page. */
export const EMPLOYEE_PASSWORD = 'correct horse battery';

/** Requests of one employee. */
export type EmployeeRequests = (
  method: InjectOptions['method'],
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<LightMyRequestResponse>;

/** The cloud's page on a store of its own, with contacts, tasks, appointments and products registered. `await using` ends both. */
export interface TestCloudPage extends AsyncDisposable {
  readonly app: FastifyInstance;
  readonly store: CloudStore;
  addEmployee(tenant: string, email: string, role?: EmployeeRole): Promise<void>;
  signIn(email: string): Promise<EmployeeRequests>;
}

/** Tasks, of which the CRM alone changes the description. */
export const TASKS = {
  name: 'tasks',
  key: ['id'],
  fields: [
    field('id', 'uuid', { nullable: false }),
    field('subject', 'text', { nullable: false }),
    field('description', 'text', { authority: 'crm' as const }),
    field('dueDate', 'date'),
    field('status'),
    field('priority', 'integer'),
    field('contactId', 'uuid'),
  ],
  references: [],
};

/** Starts it with an administrator, an editor and a reader at one tenant and an editor at another; it does not listen yet. */
export async function startTestCloudPage(options: Partial<CloudPageOptions> = {}): Promise<TestCloudPage> {
  const store = await openCloudStore();
  const contacts = { ...CONTACTS, fields: [...CONTACTS.fields, field('emails', 'jsonb', { nullable: false })] };
  for (const definition of [contacts, TASKS, PRODUCTS]) await store.register(LINK, definition);
  const [door, records] = (['cloud_page', 'cloud_user'] as const).map((role) =>
    createPool(store.database.urls[role], { applicationName: `test ${role}`, maxConnections: 3 }),
  ) as [ReturnType<typeof createPool>, ReturnType<typeof createPool>];
  const undocumented: string[] = [];
  const app = await createCloudPage({
    door,
    records,
    ...options,
    observe: (observed) => {
      options.observe?.(observed);
      holdAgainst('cloud-page-api.json', observed, undocumented);
    },
  });
  const hash = await hashPassword(EMPLOYEE_PASSWORD);
  const addEmployee = async (tenant: string, email: string, role: EmployeeRole = 'editor'): Promise<void> => {
    await store.admin.query(
      `with made as (insert into cloud.employees (tenant, email, name, role) values ($1, $2, $3, $4) returning tenant, id)
       insert into cloud.credentials (tenant, employee_id, password_hash) select tenant, id, $5 from made`,
      [tenant, email, email.split('@')[0], role, hash],
    );
  };
  await addEmployee('acme', 'abe@acme.example', 'administrator');
  await addEmployee('acme', 'kim@acme.example');
  await addEmployee('acme', 'rea@acme.example', 'reader');
  await addEmployee('globex', 'glo@globex.example');
  return {
    app,
    store,
    addEmployee,
    signIn: async (email) => {
      const answer = await app.inject({ method: 'POST', url: '/api/session', payload: { email, password: EMPLOYEE_PASSWORD } });
      const cookies = Object.fromEntries(answer.cookies.map(({ name, value }) => [name, value]));
      return (method = 'GET', path, body, headers) =>
        app.inject({ method, url: path, cookies, ...(body === undefined ? {} : { payload: body as object }), ...(headers === undefined ? {} : { headers }) });
    },
    [Symbol.asyncDispose]: async () => {
      await app.close();
      await Promise.all([door.end(), records.end()]);
      await store[Symbol.asyncDispose]();
      if (undocumented.length > 0) throw new Error(`Answers that docs/cloud-page-api.json does not tell of:\n${undocumented.join('\n')}`);
    },
  };
}

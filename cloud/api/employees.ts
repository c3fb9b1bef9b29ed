import { z } from 'zod';
import { parsePart } from '../../web/http/parse-part.ts';
import {
  addEmployee,
  changeEmployeeRole,
  disableEmployee,
  enableEmployee,
  endEmployeeSessions,
  listEmployees,
  resetEmployeePassword,
} from '../employees/administration.ts';
import { employeeRoleSchema } from '../employees/roles.ts';
import { type CloudEndpoint, requireEmployee } from './context.ts';

/** `{ id }` in a path: an employee's. */
export const employeeParamSchema = z.object({ id: z.uuid() });
/** An employee to be added. */
export const newEmployeeSchema = z.strictObject({
  email: z.string().trim().toLowerCase().pipe(z.email().max(320)),
  name: z.string().trim().min(1).max(200),
  role: employeeRoleSchema,
});
/** Another role. */
export const roleChangeSchema = z.strictObject({ role: employeeRoleSchema });

/** What an administrator can do with one employee, by the last part of the path. */
const ACTS = { disable: disableEmployee, enable: enableEmployee, 'sign-out': endEmployeeSessions, 'reset-password': resetEmployeePassword } as const;

/**
 * Employees of the administrator's own tenant. GET /api/employees: all, by name. POST /api/employees {email, name, role}: adds one (201),
 * with a password that is shown once. PATCH /api/employees/:id {role}. POST /api/employees/:id/disable, /enable, /sign-out (all sessions
 * end), /reset-password (shown once). By an administrator. Errors: `user-exists`, `last-administrator`, `record-not-found`.
 */
export const employees: CloudEndpoint = (app, { door }) => {
  app.get('/employees', async (request) => {
    const { tenant } = requireEmployee(request, 'administer');
    return { rows: await listEmployees(door, tenant) };
  });

  app.post('/employees', async (request, reply) => {
    const { tenant, id: by } = requireEmployee(request, 'administer');
    const added = await addEmployee(door, tenant, parsePart(newEmployeeSchema, request.body));
    request.log.info({ tenant, employee: added.id, by, role: added.role }, 'employee added');
    return reply.code(201).send(added);
  });

  app.patch('/employees/:id', async (request) => {
    const { tenant, id: by } = requireEmployee(request, 'administer');
    const { id } = parsePart(employeeParamSchema, request.params);
    const { role } = parsePart(roleChangeSchema, request.body);
    const changed = await changeEmployeeRole(door, tenant, id, role);
    request.log.info({ tenant, employee: id, by, role }, 'employee given another role');
    return changed;
  });

  for (const [name, act] of Object.entries(ACTS)) {
    app.post(`/employees/:id/${name}`, async (request) => {
      const { tenant, id: by } = requireEmployee(request, 'administer');
      const { id } = parsePart(employeeParamSchema, request.params);
      const account = await act(door, tenant, id);
      request.log.info({ tenant, employee: id, by, act: name }, 'employee administered');
      return account;
    });
  }
};

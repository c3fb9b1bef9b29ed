import { z } from 'zod';
import { parsePart } from '../../web/http/parse-part.ts';
import { addAccountEndpoints } from '../../web/sign-in/account-endpoints.ts';
import { listActs } from '../employees/acts.ts';
import { employeeAdministration, listEmployees } from '../employees/administration.ts';
import { employeeRoleSchema } from '../employees/roles.ts';
import { type CloudEndpoint, requireEmployee } from './context.ts';

/** A page of what was done with employees. */
export const actsQuerySchema = z.strictObject({
  page: z.coerce.number().int().min(1).max(100_000).default(1),
  size: z.coerce.number().int().min(1).max(100).default(10),
});

/**
 * Employees of the administrator's own tenant below /api/employees (web/sign-in/account-endpoints.ts), and GET /api/employees/acts
 * (page, size): what was done with them, the latest first.
 */
export const employees: CloudEndpoint = (app, { door }) => {
  app.get('/employees/acts', async (request) => {
    const { tenant } = requireEmployee(request, 'administer');
    return listActs(door, tenant, parsePart(actsQuerySchema, request.query));
  });

  addAccountEndpoints(app, {
    path: '/employees',
    roles: employeeRoleSchema,
    list: (request) => listEmployees(door, requireEmployee(request, 'administer').tenant),
    administration: (request) => employeeAdministration(door, requireEmployee(request, 'administer')),
  });
};

import type { FastifyInstance } from 'fastify';
import { translateDatabaseError } from '../../adaptor/data/database-error.ts';
import { answerProblems } from '../../web/http/problems.ts';
import { limitRequests } from '../../web/http/limit-requests.ts';
import { refuseCrossSiteWrites } from '../../web/http/refuse-cross-site.ts';
import { findSession } from '../employees/sessions.ts';
import { employeeCalendar } from './calendar.ts';
import { type CloudApiContext, employeeCookie } from './context.ts';
import { employees } from './employees.ts';
import { employeeRecords } from './records.ts';
import { employeeSession } from './session.ts';

/** Adds the API of the cloud's page, guarded; meant to be registered below `/api`. */
export function addCloudApi(app: FastifyInstance, context: CloudApiContext): void {
  refuseCrossSiteWrites(app, context.origin);
  const cookie = employeeCookie(context.origin);
  app.decorateRequest('employee', null);
  app.addHook('onRequest', async (request) => {
    const secret = cookie.read(request);
    if (secret !== undefined) request.employee = (await findSession(context.door, secret)) ?? null;
  });
  limitRequests(app, ({ employee }) => employee?.id, context.rateBound);
  answerProblems(app, translateDatabaseError);
  for (const add of [employeeSession, employeeRecords, employeeCalendar, employees]) add(app, context);
}

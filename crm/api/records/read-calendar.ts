import { z } from 'zod';
import { readCalendar } from '../../records/calendar.ts';
import { dateSchema, timeZoneSchema } from '../../records/field-kinds.ts';
import { type Endpoint, requireUser } from '../context.ts';
import { parsePart } from '../parse.ts';

/** Greatest number of days of one answer: a month with the weeks around it. */
const MAX_DAYS = 62;

const DAY_MS = 86_400_000;

/** Some days, as a viewer in a zone sees them. */
export const querySchema = z
  .strictObject({ from: dateSchema, to: dateSchema, timeZone: timeZoneSchema.default('UTC') })
  .refine(({ from, to }) => from <= to && Date.parse(to) - Date.parse(from) < MAX_DAYS * DAY_MS, `at most ${MAX_DAYS} days, the first one first`);

/** GET /api/calendar?from&to&timeZone: appointments of some days, series expanded, as a viewer in the zone sees them. Errors: `field-denied`. */
export const readCalendarEndpoint: Endpoint = (app, { database: { crm } }) => {
  app.get('/calendar', async (request) => {
    const user = requireUser(request, 'read');
    return readCalendar(crm, parsePart(querySchema, request.query), user);
  });
};

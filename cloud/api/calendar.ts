import { z } from 'zod';
import { parsePart } from '../../web/http/parse-part.ts';
import { describePlace } from '../records/describe-place.ts';
import { readCalendar } from '../records/read-calendar.ts';
import { asEmployee } from '../service-manager/as-employee.ts';
import { type CloudEndpoint, requireEmployee } from './context.ts';
import { collectionParamSchema } from './records.ts';

/** Greatest number of days of one answer: a month with the weeks around it. */
const MAX_DAYS = 62;

const DAY_MS = 86_400_000;

const zoneSchema = z.string().max(100).refine(isZone, 'no time zone is called so');
/** Days that are wanted, and the viewer's zone. */
export const calendarQuerySchema = z
  .strictObject({ from: z.iso.date(), to: z.iso.date(), timeZone: zoneSchema.default('UTC') })
  .refine(({ from, to }) => from <= to && Date.parse(to) - Date.parse(from) < MAX_DAYS * DAY_MS, `at most ${MAX_DAYS} days, the first one first`);

/**
 * GET /api/records/:collection/calendar?from&to&timeZone: appointments of some days, series expanded, as a viewer in the zone sees them.
 * Errors: `bad-request` for a collection without times, `collection-unknown`.
 */
export const employeeCalendar: CloudEndpoint = (app, { records }) => {
  app.get('/records/:collection/calendar', async (request) => {
    const employee = requireEmployee(request, 'read');
    const { collection } = parsePart(collectionParamSchema, request.params);
    const range = parsePart(calendarQuerySchema, request.query);
    return asEmployee(records, employee, async (client) =>
      readCalendar(client, await describePlace(client, employee.tenant, collection), employee.tenant, range),
    );
  });
};

function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions();
    return true;
  } catch {
    return false;
  }
}

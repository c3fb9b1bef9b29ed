import { TidegateError } from '../../../exchange/errors.ts';
import { findServingRun } from '../../status/runs.ts';
import { type Endpoint, requireUser } from '../context.ts';
import { idParamSchema, parsePart } from '../parse.ts';

/** GET /api/requests/<id>: what has become of a request, and the run that serves it. Errors: `record-not-found`. */
export const readRequest: Endpoint = (app, { database: { control }, links, temporalUi }) => {
  app.get('/requests/:id', async (request) => {
    requireUser(request, 'read');
    const { id } = parsePart(idParamSchema, request.params);
    const row = await control.syncRequest.findUnique({ where: { id } });
    if (row === null || !links.some((link) => link.name === row.link)) throw new TidegateError('record-not-found', undefined, { id });
    const { link, direction, cause, state, errorCode, leftOut, requestedBy, createdAt, finishedAt } = row;
    return { id, link, direction, cause, state, errorCode, leftOut, requestedBy, createdAt, finishedAt, run: await findServingRun(control, row, temporalUi) };
  });
};

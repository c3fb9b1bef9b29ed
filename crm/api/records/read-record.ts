import { requireUser } from '../context.ts';
import { idParamSchema, parsePart } from '../parse.ts';
import type { RecordEndpoint } from './record-endpoint.ts';

/** GET /api/<records>/<id>: one record. Errors: `record-not-found`. */
export const readRecord: RecordEndpoint = (app, path, store) => {
  app.get(`/${path}/:id`, async (request) => {
    const user = requireUser(request, 'read');
    const { id } = parsePart(idParamSchema, request.params);
    return store.read(id, user);
  });
};

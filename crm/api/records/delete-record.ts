import { z } from 'zod';
import { requireUser } from '../context.ts';
import { idParamSchema, parsePart } from '../parse.ts';
import type { RecordEndpoint } from './record-endpoint.ts';

/** The version that was read. */
export const querySchema = z.strictObject({ version: z.coerce.number().int().positive() });

/** DELETE /api/<records>/<id>?version: deletes the version that was read. Errors: `version-conflict`, `record-not-found`. */
export const deleteRecord: RecordEndpoint = (app, path, store) => {
  app.delete(`/${path}/:id`, async (request, reply) => {
    const user = requireUser(request, 'write');
    const { id } = parsePart(idParamSchema, request.params);
    const { version } = parsePart(querySchema, request.query);
    await store.remove(id, version, user);
    return reply.code(204).send();
  });
};

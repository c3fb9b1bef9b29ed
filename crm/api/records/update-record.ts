import { z } from 'zod';
import { requireUser } from '../context.ts';
import { idParamSchema, parsePart } from '../parse.ts';
import type { RecordEndpoint } from './record-endpoint.ts';

/** The version that was read, and changed fields. */
export const bodySchema = z.strictObject({ version: z.int().positive(), changes: z.record(z.string(), z.unknown()) });

/** PATCH /api/<records>/<id>: changes the named fields of the version that was read. Errors: `version-conflict`, `record-not-found`, `bad-request`. */
export const updateRecord: RecordEndpoint = (app, path, store) => {
  app.patch(`/${path}/:id`, async (request) => {
    const user = requireUser(request, 'write');
    const { id } = parsePart(idParamSchema, request.params);
    const { version, changes } = parsePart(bodySchema, request.body);
    return store.update(id, version, changes, user);
  });
};

import { requireUser } from '../context.ts';
import type { RecordEndpoint } from './record-endpoint.ts';

/** POST /api/<records>: a new record; fields that are left out stay empty. Errors: `bad-request`, `constraint-violated`. */
export const createRecord: RecordEndpoint = (app, path, store) => {
  app.post(`/${path}`, async (request, reply) => {
    const user = requireUser(request, 'write');
    const record = await store.create(request.body, user);
    return reply.code(201).header('location', `/api/${path}/${record.id}`).send(record);
  });
};

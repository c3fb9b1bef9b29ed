import { requireUser } from '../context.ts';
import type { RecordEndpoint } from './record-endpoint.ts';

/**
 * GET /api/record-rights/<records>: fields that rules of access hide from the user, those that the user may not write, and whether
 * there are new records and deletions for the user.
 */
export const readRecordRights: RecordEndpoint = (app, path, store) => {
  app.get(`/record-rights/${path}`, async (request) => store.rights(requireUser(request, 'read')));
};

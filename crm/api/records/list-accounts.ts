import { z } from 'zod';
import { findKeys } from '../../records/find-keys.ts';
import { type Endpoint, requireUser } from '../context.ts';
import { parsePart } from '../parse.ts';

const querySchema = z.strictObject({ search: z.string().max(200).default(''), id: z.uuid().optional() });

/** GET /api/accounts?search or ?id: names of accounts to choose from, at most 50. */
export const listAccounts: Endpoint = (app, { database: { crm } }) => {
  app.get('/accounts', async (request) => {
    requireUser(request, 'read');
    const { search, id } = parsePart(querySchema, request.query);
    const words = search.split(/\s+/).filter(Boolean).slice(0, 10);
    const ids = id === undefined ? (await findKeys(crm, 'crm.accounts', { words, sort: 'name', direction: 'asc', page: 1, size: 50 })).ids : [id];
    const rows = await crm.account.findMany({ where: { id: { in: [...ids] } }, select: { id: true, name: true }, orderBy: { name: 'asc' } });
    return { rows };
  });
};

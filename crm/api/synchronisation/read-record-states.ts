import { z } from 'zod';
import { TidegateError } from '../../../exchange/errors.ts';
import { namedCollections } from '../../status/named-collection.ts';
import { recordGate } from '../../records/record-gate.ts';
import { readRecordStates } from '../../status/record-states.ts';
import { type Endpoint, requireUser } from '../context.ts';
import { parsePart, repeated } from '../parse.ts';
import { MAX_PAGE_SIZE } from '../records/list-records.ts';

/** Records of a collection. */
export const querySchema = z.strictObject({ collection: z.string().max(63), key: repeated(z.uuid(), MAX_PAGE_SIZE) });

/** GET /api/record-states?collection&key&key...: where records stand on their way to the cloud, on every link that has the collection; of those that the user may see. */
export const readRecordStatesEndpoint: Endpoint = (app, { database: { crm, control }, links }) => {
  const collections = namedCollections(links);
  app.get('/record-states', async (request) => {
    const user = requireUser(request, 'read');
    const { collection, key } = parsePart(querySchema, request.query);
    const wanted = collections.filter((each) => each.collection === collection);
    if (wanted.length === 0) throw new TidegateError('collection-unknown', undefined, { collection });
    const states = await Promise.all(
      wanted.map(async (each) => {
        const visible = await (await recordGate(crm, user, each)).visible(key.map((part) => [part]));
        return readRecordStates(
          control,
          each,
          visible.flatMap(([part = '']) => part),
        );
      }),
    );
    return { states: states.flat() };
  });
};

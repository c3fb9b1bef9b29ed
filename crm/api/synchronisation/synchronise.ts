import { z } from 'zod';
import { nameSchema } from '../../../exchange/names.ts';
import { type Endpoint, linksWith, requireUser } from '../context.ts';
import { parsePart } from '../parse.ts';

/** Greatest number of records of one request; more are better asked for as `all`. */
const MAX_SELECTED = 1000;

const keySchema = z.union([
  z
    .string()
    .max(500)
    .transform((key) => [key]),
  z.array(z.string().max(500)).min(1).max(8),
]);

const bodySchema = z
  .strictObject({
    collection: nameSchema.optional(),
    keys: z.array(keySchema).min(1).max(MAX_SELECTED).optional(),
    all: z.literal(true).optional(),
    link: z.string().max(200).optional(),
  })
  .refine(({ keys, all }) => (keys === undefined) !== (all === undefined), 'name either keys or all')
  .refine(({ keys, collection }) => keys === undefined || collection !== undefined, 'keys belong to a collection');

/**
 * POST /api/synchronise {collection, keys} or {collection?, all: true}: asks for forward synchronisation, on every link
 * that has the collection or on the one named. Answers 202 with the ids of the requests.
 */
export const synchronise: Endpoint = (app, { links, control }) => {
  app.post('/synchronise', async (request, reply) => {
    const user = requireUser(request, 'synchronise');
    const { collection, keys, link } = parsePart(bodySchema, request.body);
    const collections = collection === undefined ? [] : [collection];
    const requests: string[] = [];
    for (const { name } of linksWith(links, collections, link)) {
      const records = collection === undefined || keys === undefined ? undefined : keys.map((key) => ({ collection, key }));
      const { requestId } = await control.requestForward({ link: name, collections, ...(records === undefined ? {} : { records }), by: user.email });
      requests.push(requestId);
    }
    return reply.code(202).send({ requests });
  });
};

import { z } from 'zod';
import { nameSchema } from '../../../exchange/names.ts';
import { type Endpoint, linksWith, requireUser } from '../context.ts';
import { parsePart } from '../parse.ts';
import { coveredCollections } from './covered-collections.ts';

/** What is ordered in. */
export const bodySchema = z.strictObject({
  collections: z.array(nameSchema).max(100).default([]),
  link: z.string().max(200).optional(),
  reason: z.string().trim().max(500).optional(),
});

/** POST /api/pull {collections?, link?, reason?}: orders changes of the cloud in. Answers 202 with the ids of the requests. */
export const pull: Endpoint = (app, context) => {
  const { links, control } = context;
  app.post('/pull', async (request, reply) => {
    const user = requireUser(request, 'synchronise');
    const { collections, link, reason } = parsePart(bodySchema, request.body ?? {});
    const requests: string[] = [];
    // Everything is checked before anything is ordered.
    const orders = await Promise.all(
      linksWith(links, collections, link).map(async (each) => {
        const named = collections.filter((collection) => each.collections.some(({ name }) => name === collection));
        return { name: each.name, own: await coveredCollections(context, { user, direction: 'reverse', link: each, named }) };
      }),
    );
    for (const { name, own } of orders) {
      const { requestId } = await control.orderReverse({ link: name, collections: own, by: user.email, ...(reason === undefined ? {} : { reason }) });
      requests.push(requestId);
    }
    return reply.code(202).send({ requests });
  });
};

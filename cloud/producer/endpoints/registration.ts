import type { FastifyInstance } from 'fastify';
import { issue } from '../../../adaptor/auth/sign.ts';
import { definitionHash } from '../../../adaptor/data/plan.ts';
import { inTransaction } from '../../../adaptor/data/pool.ts';
import { recordAudit } from '../../../adaptor/data/state/audit.ts';
import { ensureChannels, setSchemaHash } from '../../../adaptor/data/state/channel.ts';
import { assertOpen } from '../../../adaptor/data/state/epoch.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import { JWS_MEDIA_TYPE } from '../../../exchange/protocol.ts';
import { prepareCollection } from '../../service-manager/register-collection.ts';
import { authorityOf, verifyFor } from '../authority.ts';
import { jwsOf } from '../bodies.ts';
import type { ProducerDependencies } from '../dependencies.ts';
import { CHUNK_FORMS } from '../incoming-window.ts';
import { COLLECTION_PATH, placeOf } from '../paths.ts';

const REGISTER = `
  INSERT INTO tidegate.registration (link, collection, hash, definition, jws, answer)
  VALUES ($1, $2, $3, $4::jsonb, $5, $6)
  ON CONFLICT (link, collection, hash) DO UPDATE SET jws = excluded.jws, answer = excluded.answer`;

/** Registration of a collection's definition, signed by the CRM: makes its place ready and answers which fields have none here. */
export function registrationEndpoint(app: FastifyInstance, deps: ProducerDependencies): void {
  app.put(`${COLLECTION_PATH}/registration`, { config: { operation: 'register' } }, async (request, reply) => {
    const authority = authorityOf(request);
    const { collection } = placeOf(request);
    const { claims, jws } = await verifyFor(authority, jwsOf(request), 'registration');
    const { definition, hash } = claims;
    if (definition.name !== collection) throw new TidegateError('bad-request', 'The definition is of another collection.');
    if (definitionHash(definition) !== hash) throw new TidegateError('bad-request', 'The hash is not that of the definition.');
    const answer = await inTransaction(deps.pool, async (client) => {
      // Held to the end: a run that was overtaken registers nothing, and none takes over in the middle (rule 3).
      await assertOpen(client, { link: authority.linkName, epoch: claims.epoch });
      const { unsupported } = await prepareCollection(deps, authority.link, definition);
      const signed = await issue(authority.key, 'registrationAnswer', {
        ...authority.link,
        collection,
        hash,
        unsupported: [...unsupported],
        rowForms: [...CHUNK_FORMS],
      });
      await ensureChannels(client, authority.linkName, [collection]);
      await client.query(REGISTER, [authority.linkName, collection, hash, JSON.stringify(definition), jws, signed]);
      await setSchemaHash(client, authority.linkName, collection, hash);
      await recordAudit(client, { link: authority.linkName, event: 'collection-registered', subject: authority.token.sub, facts: { collection, hash } });
      return signed;
    });
    return reply.type(JWS_MEDIA_TYPE).send(answer);
  });
}

import type { FastifyInstance } from 'fastify';
import { issue } from '../../../adaptor/auth/sign.ts';
import { recordAudit } from '../../../adaptor/data/state/audit.ts';
import { stopLink } from '../../../adaptor/data/state/link.ts';
import { type OpeningAnswerBody, acceptOpening } from '../../../adaptor/data/state/opening.ts';
import type { OpeningClaims } from '../../../exchange/claims.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import { JWS_MEDIA_TYPE } from '../../../exchange/protocol.ts';
import { registeredPlans } from '../../service-manager/registered-plans.ts';
import { type Authority, authorityOf, verifyFor } from '../authority.ts';
import { jwsOf } from '../bodies.ts';
import type { ProducerDependencies } from '../dependencies.ts';
import { LINK_PATH } from '../paths.ts';

/** Opening of a link by a run of the CRM: a greater epoch fences earlier runs, and what both sides remember is compared. */
export function openingEndpoint(app: FastifyInstance, deps: ProducerDependencies): void {
  app.post(`${LINK_PATH}/openings`, { config: { operation: 'open' } }, async (request, reply) => {
    const authority = authorityOf(request);
    const { claims } = await verifyFor(authority, jwsOf(request), 'opening');
    const body = await accept(deps, authority, claims);
    await recordAudit(deps.pool, {
      link: authority.linkName,
      event: 'link-opened',
      subject: claims.runId,
      facts: { epoch: claims.epoch, generation: claims.generation, reload: claims.reload?.approvedBy ?? null },
    });
    return reply.type(JWS_MEDIA_TYPE).send(await issue(authority.key, 'openingAnswer', { ...authority.link, ...body }));
  });
}

/** A store that is not the one it was stops the link here too, until a new initial load is approved. */
async function accept(deps: ProducerDependencies, { link, linkName }: Authority, claims: OpeningClaims): Promise<OpeningAnswerBody> {
  try {
    return await acceptOpening(deps.pool, claims, await registeredPlans(deps.pool, link));
  } catch (error) {
    if (error instanceof TidegateError && error.code === 'incarnation-changed') await stopLink(deps.pool, linkName, error, 'tidegate');
    throw error;
  }
}

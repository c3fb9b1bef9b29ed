import { readCompactJws } from '../../adaptor/auth/compact-jws.ts';
import { verify } from '../../adaptor/auth/verify.ts';
import { acceptAnswer } from '../../adaptor/data/state/opening.ts';
import { openingClaimsSchema, partyId } from '../../exchange/claims.ts';
import { type ActivityContext, linkOf } from '../link-setup.ts';

/** An opening and the cloud's answer to it, both JWS. */
export interface VerifyOpeningInput {
  readonly link: string;
  readonly runId: string;
  readonly epoch: number;
  readonly opening: string;
  readonly answer: string;
}

/** What was opened. */
export interface OpenedLink {
  readonly generation: number;
  /** Whether an approved reload was begun. */
  readonly reloaded: boolean;
}

/**
 * Verifies the cloud's answer and compares what both sides remember; an approved reload begins its generation here. Throws
 * `incarnation-changed` (the link is then stopped), `epoch-stale`, or as `verify` does.
 */
export async function verifyOpening(
  context: Pick<ActivityContext, 'links' | 'consumer' | 'registry'>,
  { link, opening, answer }: VerifyOpeningInput,
): Promise<OpenedLink> {
  const { name, identity } = linkOf(context, link);
  const { claims } = await verify(answer, 'openingAnswer', { registry: context.registry, audience: partyId('crm', identity) });
  const own = openingClaimsSchema.parse(JSON.parse(Buffer.from(readCompactJws(opening).payload).toString('utf8')));
  const { generation } = await acceptAnswer(context.consumer, name, own, claims);
  return { generation, reloaded: own.reload !== undefined };
}

import { issue } from '../../adaptor/auth/sign.ts';
import { prepareOpening } from '../../adaptor/data/state/opening.ts';
import { type ActivityContext, linkOf } from '../link-setup.ts';

/** Which session opens a link. */
export interface SignOpeningInput {
  readonly link: string;
  readonly runId: string;
  readonly epoch: number;
}

/**
 * Signs the opening of a link: what this side remembers of every channel, and which life of which store it is. Throws
 * `incarnation-changed` (the link is then stopped) where this store is not the one that opened the link last.
 */
export async function signOpening(
  context: Pick<ActivityContext, 'links' | 'consumer'>,
  { link, runId, epoch }: SignOpeningInput,
): Promise<{ readonly opening: string }> {
  const { name, identity, signingKey } = linkOf(context, link);
  const { tenant, environment, link: own } = identity;
  const body = await prepareOpening(context.consumer, { link: name, epoch, runId });
  return { opening: await issue(signingKey, 'opening', { tenant, environment, link: own, ...body }) };
}

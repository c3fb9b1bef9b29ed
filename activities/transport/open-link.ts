import { explainStaleEpoch } from '../../adaptor/data/state/opening.ts';
import { stopLink } from '../../adaptor/data/state/link.ts';
import { TidegateError } from '../../exchange/errors.ts';
import { type ActivityContext, linkOf } from '../link-setup.ts';
import type { TokenReference } from './obtain-token.ts';

/** A signed opening to be sent. */
export interface OpenLinkInput {
  readonly link: string;
  readonly epoch: number;
  readonly token: TokenReference;
  /** JWS. */
  readonly opening: string;
}

/**
 * Sends the opening. Gives the cloud's signed answer (JWS), not yet verified. Where the cloud says that a store is not the
 * one it was, or this CRM older than one that it has spoken with, the link is stopped with the reason.
 */
export async function openLink(
  context: Pick<ActivityContext, 'links' | 'consumer'>,
  { link, epoch, opening }: OpenLinkInput,
): Promise<{ readonly answer: string }> {
  const { name, producer, collections } = linkOf(context, link);
  try {
    return {
      answer: await producer.open(
        opening,
        collections.map(({ source }) => source.name),
      ),
    };
  } catch (error) {
    if (!(error instanceof TidegateError)) throw error;
    if (error.code === 'epoch-stale') throw await explainStaleEpoch(context.consumer, name, epoch);
    if (error.code === 'incarnation-changed') await stopLink(context.consumer, name, error, 'cloud');
    throw error;
  }
}

import { requireLink, stopLink } from '../../adaptor/data/state/link.ts';
import { TidegateError } from '../../exchange/errors.ts';
import { type ActivityContext, linkOf } from '../link-setup.ts';

/** Which session a step belongs to. */
interface SessionStep {
  readonly link: string;
  readonly epoch: number;
}

/**
 * Runs a step of an open session and heeds what the cloud's refusals tell of the stores (rule 12). A store that is not the
 * one it was stops the link. A cloud that refuses the epoch which it opened the link under, though no later run took over
 * here, went back under the session: that is told as `ordinal-out-of-order`, so that the next session's opening, which
 * compares what both sides remember, finds out.
 */
export async function watchStores<T>(context: Pick<ActivityContext, 'links' | 'consumer'>, { link, epoch }: SessionStep, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    if (!(error instanceof TidegateError)) throw error;
    const { name } = linkOf(context, link);
    if (error.code === 'incarnation-changed' || error.code === 'cursor-invalid') await stopLink(context.consumer, name, error, 'tidegate');
    if (error.code === 'epoch-stale' && (await requireLink(context.consumer, name)).epoch === epoch)
      throw new TidegateError('ordinal-out-of-order', `The cloud does not know the epoch ${epoch} any more.`, { link, epoch }, { cause: error });
    throw error;
  }
}

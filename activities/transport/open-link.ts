import { type ActivityContext, linkOf } from '../link-setup.ts';
import type { TokenReference } from './obtain-token.ts';

/** A signed opening to be sent. */
export interface OpenLinkInput {
  readonly link: string;
  readonly token: TokenReference;
  /** JWS. */
  readonly opening: string;
}

/** Sends the opening. Gives the cloud's signed answer (JWS), not yet verified. */
export async function openLink(context: Pick<ActivityContext, 'links'>, { link, opening }: OpenLinkInput): Promise<{ readonly answer: string }> {
  const { producer, collections } = linkOf(context, link);
  return { answer: await producer.open(opening, collections.map(({ source }) => source.name)) };
}

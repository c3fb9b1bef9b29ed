import { randomUUID } from 'node:crypto';
import type { Operation } from '../../exchange/claims.ts';
import { type ActivityContext, linkOf } from '../link-setup.ts';

/** What a token is asked for. */
export interface ObtainTokenInput {
  readonly link: string;
  readonly operations: readonly Operation[];
}

/** A token by reference: its text stays in the worker's memory. A worker that does not hold one asks for its own. */
export interface TokenReference {
  readonly tokenId: string;
  /** ISO 8601. */
  readonly expiresAt: string;
}

/** Access level security before anything moves: an access token for all collections of the link. Throws as the producer refuses. */
export async function obtainToken(context: Pick<ActivityContext, 'links'>, { link, operations }: ObtainTokenInput): Promise<TokenReference> {
  const { producer, collections } = linkOf(context, link);
  const { expiresAt } = await producer.requestToken({ operations, collections: collections.map(({ source }) => source.name) });
  return { tokenId: randomUUID(), expiresAt: expiresAt.toISOString() };
}

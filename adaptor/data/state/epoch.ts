import { TidegateError } from '../../../exchange/errors.ts';
import type { LinkName } from '../../../exchange/names.ts';
import { controlRow, preparedRow } from '../control-rows.ts';
import type { Queryable } from '../pool.ts';
import { LINK_COLUMNS, type LinkRow, type LinkState, unknownLink } from './link.ts';

/**
 * Takes a link over: raises its epoch, so that every run before is fenced. Returns the link's row with the new epoch. A
 * paused or stopped link keeps its epoch: look at `state`.
 */
export async function claimEpoch(client: Queryable, link: LinkName, runId: string | null = null): Promise<LinkRow> {
  const row = await controlRow<LinkRow>(
    client,
    `UPDATE tidegate.link SET epoch = epoch + CASE WHEN state = 'open' THEN 1 ELSE 0 END,
            opened_run = CASE WHEN state = 'open' THEN $2 ELSE opened_run END
      WHERE name = $1 RETURNING ${LINK_COLUMNS}`,
    [link, runId],
  );
  if (row === undefined) throw unknownLink(link);
  return row;
}

/** What a fence is asked for: the epoch that a run claimed, or only the generation (the cloud's answers to an order). */
export interface Fence {
  readonly link: LinkName;
  readonly epoch?: number;
  readonly generation?: number;
}

/** What the fence found. */
export interface FencedLink {
  readonly epoch: number;
  readonly generation: number;
  readonly state: LinkState;
}

/**
 * Refuses a run that was overtaken, and holds others off until the transaction ends. Every write of a sender's state stands
 * behind it. Throws `epoch-stale`; `link-mismatch` where there is no such link.
 */
export async function assertEpoch(client: Queryable, { link, epoch, generation }: Fence): Promise<FencedLink> {
  const row = await preparedRow<FencedLink>(client, 'SELECT epoch, generation, state FROM tidegate.link WHERE name = $1 FOR SHARE', [link]);
  if (row === undefined) throw unknownLink(link);
  if (epoch !== undefined && row.epoch !== epoch) throw new TidegateError('epoch-stale', `Epoch ${epoch} was overtaken by ${row.epoch}.`, { link, epoch });
  if (generation !== undefined && row.generation !== generation)
    throw new TidegateError('epoch-stale', `Generation ${generation} was overtaken by ${row.generation}.`, { link, generation });
  return row;
}

/** As assertEpoch, and refuses a link that is paused or stopped. Throws `link-stopped`. */
export async function assertOpen(client: Queryable, fence: Fence): Promise<FencedLink> {
  const found = await assertEpoch(client, fence);
  if (found.state !== 'open') throw new TidegateError('link-stopped', `It is ${found.state}.`, { link: fence.link, state: found.state });
  return found;
}

import type { ChannelPosition } from '../../../exchange/claims.ts';
import type { Direction, LinkName, Side } from '../../../exchange/names.ts';
import { controlRows } from '../control-rows.ts';
import type { Queryable } from '../pool.ts';

/** A store that remembers less than the other proves it has known: restored from an older copy. */
export interface PositionFault {
  readonly collection: string;
  readonly direction: Direction;
  readonly wentBack: Side;
}

/** Collections of which the sender knows a window without a receipt; undefined where it is not known here. */
export interface OpenWindows {
  readonly forward?: ReadonlySet<string>;
  readonly reverse?: ReadonlySet<string>;
}

/**
 * Compares what both sides remember of each channel (rule 12). A receiver is where its sender is, or one window ahead while
 * the answer to that window is lost; anything else means that one of the stores went back.
 */
export function comparePositions(crm: readonly ChannelPosition[], cloud: readonly ChannelPosition[], open: OpenWindows): readonly PositionFault[] {
  const collections = [...new Set([...crm, ...cloud].map(({ collection }) => collection))].toSorted();
  return collections.flatMap((collection) => {
    const at = (positions: readonly ChannelPosition[]) => positions.find((p) => p.collection === collection) ?? { forwardOrdinal: 0, reverseOrdinal: 0 };
    const [here, there] = [at(crm), at(cloud)];
    const forward = judge(here.forwardOrdinal, there.forwardOrdinal, open.forward?.has(collection));
    const reverse = judge(there.reverseOrdinal, here.reverseOrdinal, open.reverse?.has(collection));
    return [
      ...(forward === undefined ? [] : [{ collection, direction: 'forward' as const, wentBack: forward === 'sender' ? ('crm' as const) : ('cloud' as const) }]),
      ...(reverse === undefined ? [] : [{ collection, direction: 'reverse' as const, wentBack: reverse === 'sender' ? ('cloud' as const) : ('crm' as const) }]),
    ];
  });
}

function judge(sender: number, receiver: number, open: boolean | undefined): 'sender' | 'receiver' | undefined {
  if (receiver < sender) return 'receiver';
  if (receiver > sender + 1 || (receiver === sender + 1 && open === false)) return 'sender';
  return undefined;
}

/**
 * What this store remembers of its channels. With `greatest` windows that were never closed count too: a new generation begins
 * after every number that was ever given out.
 */
export async function readPositions(client: Queryable, link: LinkName, greatest = false): Promise<readonly ChannelPosition[]> {
  const windows = greatest
    ? `, (SELECT max(w.ordinal) FROM tidegate.window w WHERE w.link = c.link AND w.collection = c.collection AND w.direction = c.direction)`
    : '';
  return controlRows<ChannelPosition>(
    client,
    `SELECT collection, coalesce(max(o) FILTER (WHERE direction = 'forward'), 0) AS "forwardOrdinal", coalesce(max(o) FILTER (WHERE direction = 'reverse'), 0) AS "reverseOrdinal"
       FROM (SELECT c.collection, c.direction, greatest(c.ordinal${windows}) AS o FROM tidegate.channel c WHERE c.link = $1) p
      GROUP BY collection ORDER BY collection`,
    [link],
  );
}

/** Collections with a window that this side sent in a direction and holds no receipt for. */
export async function readOpenWindows(client: Queryable, link: LinkName, direction: Direction): Promise<ReadonlySet<string>> {
  const rows = await controlRows<{ collection: string }>(
    client,
    `SELECT DISTINCT collection FROM tidegate.window WHERE link = $1 AND direction = $2 AND state IN ('prepared', 'sent')`,
    [link, direction],
  );
  return new Set(rows.map(({ collection }) => collection));
}

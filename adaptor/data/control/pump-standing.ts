import type { LinkName } from '../../../exchange/names.ts';
import { preparedRow } from '../control-rows.ts';
import type { Queryable } from '../pool.ts';
import { type LinkState, unknownLink } from '../state/link.ts';

/** What a pump has to know before each cycle. */
export interface PumpStanding {
  readonly epoch: number;
  readonly state: LinkState;
  readonly reason: string | null;
  readonly by: string | null;
  /** Whether forward request rows wait. */
  readonly hasRequests: boolean;
  /** Whether one of them was written after the session took the link over. */
  readonly hasNewRequests: boolean;
  /** Collections that are switched off. */
  readonly switchedOff: readonly string[];
}

const READ = `
  SELECT l.epoch, l.state, l.state_reason AS reason, l.state_by AS by,
         EXISTS (SELECT FROM tidegate.sync_request r WHERE r.link = l.name AND r.direction = 'forward' AND r.state IN ('open', 'claimed')) AS "hasRequests",
         EXISTS (SELECT FROM tidegate.sync_request r
                  WHERE r.link = l.name AND r.direction = 'forward' AND r.state = 'open' AND r.created_at > l.opened_at) AS "hasNewRequests",
         ARRAY(SELECT o.collection FROM tidegate.sync_option o WHERE o.link = l.name AND o.direction = 'forward' AND NOT o.enabled) AS "switchedOff"
    FROM tidegate.link l WHERE l.name = $1`;

/** Reads it in one statement: a pump asks with every change. Throws `link-mismatch`. */
export async function readPumpStanding(client: Queryable, link: LinkName): Promise<PumpStanding> {
  const row = await preparedRow<PumpStanding>(client, READ, [link]);
  if (row === undefined) throw unknownLink(link);
  return row;
}

import { controlRow } from '../../adaptor/data/control-rows.ts';
import type { Queryable } from '../../adaptor/data/pool.ts';

/** How much waits for a human, on all links. */
export interface Waiting {
  /** What would change or delete more than its budget allows. */
  readonly approvals: number;
  /** Fields that both sides changed, and nobody has decided about. */
  readonly conflicts: number;
  readonly setAside: number;
  /** Channels whose table no longer fits. */
  readonly drifted: number;
  /** Channels that a fault has stopped. */
  readonly stopped: number;
}

const WAITING = `
  select (select count(*) from tidegate.approval where link = any ($1) and state = 'waiting') as approvals,
         (select count(*) from tidegate.conflict where link = any ($1) and outcome = 'review') as conflicts,
         (select count(*) from tidegate.quarantine where link = any ($1) and state = 'waiting') as "setAside",
         (select count(*) from tidegate.channel where link = any ($1) and state = 'drifted') as drifted,
         (select count(*) from tidegate.channel where link = any ($1) and state = 'stopped') as stopped`;

/** Reads it in one statement. */
export async function readWaiting(client: Queryable, links: readonly string[]): Promise<Waiting> {
  const none: Waiting = { approvals: 0, conflicts: 0, setAside: 0, drifted: 0, stopped: 0 };
  return (await controlRow<Waiting>(client, WAITING, [links])) ?? none;
}

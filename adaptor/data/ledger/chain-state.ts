import { controlRow } from '../control-rows.ts';
import type { Queryable } from '../pool.ts';

/** Where the chain of a store stands. */
export interface ChainState {
  /** Id of the store that the chain belongs to. */
  readonly store: string;
  /** Number of the last batch; 0 where there is none. */
  readonly sequence: number;
  /** Its head, in hex. */
  readonly head: string;
}

const READ = `
  select s.id as store, coalesce(b.sequence, 0) as sequence, encode(coalesce(b.head, tidegate.ledger_genesis()), 'hex') as head
    from tidegate.store s
    left join lateral (select sequence, head from tidegate.ledger_batch where sequence is not null order by sequence desc limit 1) b on true`;

/** Reads where the chain stands. */
export async function readChainState(client: Queryable): Promise<ChainState> {
  const state = await controlRow<ChainState>(client, READ);
  if (state === undefined) throw new Error('The store has no row of its own.');
  return state;
}

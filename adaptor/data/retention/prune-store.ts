import type { Pool } from 'pg';
import type { Side } from '../../../exchange/names.ts';
import { foldEdits } from './fold-edits.ts';
import type { LogReader } from './log-reader.ts';
import { type HeldLog, forgetUnnamed, markOutdated } from './mark-outdated.ts';
import { type HistoryKind, pruneHistory } from './prune-history.ts';
import { pruneLedgerValues } from './prune-ledger.ts';
import { type PrunedLog, pruneLog } from './prune-log.ts';
import { pruneWindows } from './prune-windows.ts';
import type { Retention } from './retention.ts';

/** What a round of pruning took away, by kind: numbers only. */
export interface Pruned extends PrunedLog, Readonly<Partial<Record<HistoryKind, number>>> {
  readonly windows: number;
  /** At the CRM: ledger entries whose values were destroyed. */
  readonly ledgerValues: number;
  /** At the cloud: edits that were folded into later ones of the same record. */
  readonly folded: number;
  /** At the CRM: links that are marked for a new initial load since. */
  readonly outdated: readonly HeldLog['link'][];
}

/**
 * Takes away what is done with in one store: in batches, none of which waits long for a lock. `readers` are all channels of all
 * links that read the store's change log. Repeating it is safe at any point.
 */
export async function pruneStore(pool: Pool, side: Side, readers: readonly LogReader[], retention: Retention): Promise<Pruned> {
  const held = side === 'crm' ? await markOutdated(pool, readers, retention.unacknowledged) : [];
  if (side === 'crm') await forgetUnnamed(pool, readers, retention.unacknowledged);
  const folded = side === 'cloud' ? await foldEdits(pool, readers, retention.unacknowledged) : 0;
  const log = await pruneLog(pool, side, readers, retention);
  const windows = await pruneWindows(pool, retention);
  const history = await pruneHistory(pool, side, retention);
  const ledgerValues = side === 'crm' ? await pruneLedgerValues(pool, retention) : 0;
  return { ...log, ...history, ledgerValues, windows, folded, outdated: [...new Set(held.map(({ link }) => link))] };
}

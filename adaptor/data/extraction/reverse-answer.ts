import type { Pool } from 'pg';
import { acknowledgeOrder } from '../state/acknowledge.ts';
import type { Fence } from '../state/epoch.ts';
import type { PreparedWindow, ReverseWindowOrder } from './prepared-window.ts';
import { withSnapshot } from './snapshot.ts';

/**
 * Answers an order of the CRM at the cloud: takes note of what the order says was accepted, opens a snapshot and hands over the
 * window (see SnapshotReader.prepareReverseWindow), undefined where there is none. The window's stream must be read in `use`.
 */
export async function withReverseWindow<T>(
  pool: Pool,
  fence: Fence,
  order: ReverseWindowOrder,
  use: (window: PreparedWindow | undefined) => Promise<T>,
): Promise<T> {
  await acknowledgeOrder(pool, fence, order.plan, order.order);
  return withSnapshot(pool, fence, async (snapshot) => use(await snapshot.prepareReverseWindow(order)));
}

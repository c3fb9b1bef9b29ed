import { controlRow } from '../../adaptor/data/control-rows.ts';
import type { TwoStores } from './two-stores.ts';

/** Opens an edit of a store's user, lets a window run into it, and commits it while the window waits. */
export async function meetEdit({ crm, cloud }: TwoStores, store: 'crm' | 'cloud', edit: string, window: () => Promise<unknown>): Promise<void> {
  const user = await (store === 'crm' ? crm.page : cloud.user).connect();
  await user.query(`begin; set local tidegate.tenant = 'acme'`);
  await user.query(edit);
  const running = window();
  for (;;) {
    const row = await controlRow<{ found: boolean }>(
      { crm, cloud }[store].admin,
      `select exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock') as found`,
    );
    if (row?.found === true) break;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await user.query('commit');
  user.release();
  await running;
}

import { randomUUID } from 'node:crypto';
import type { CollectionPlan } from '../../../../adaptor/data/plan.ts';
import { readChannels } from '../../../../adaptor/data/state/channel.ts';
import { claimEpoch } from '../../../../adaptor/data/state/epoch.ts';
import { acceptAnswer, acceptOpening, prepareOpening } from '../../../../adaptor/data/state/opening.ts';
import type { OpeningClaims } from '../../../../exchange/claims.ts';
import { type AppStore, TEST_LINK, attachCollection, createAppStore } from '../../../support/captured-table.ts';

/** Full name of the link. */
export const LINK = 'acme/test/hub';

/** Who approved a reload, and why. */
export const RELOAD = { approvedBy: 'olga', reason: 'the CRM was restored' };

/** Both stores of a link with one collection, as tests of its opening see them. */
export interface OpenedStores extends AsyncDisposable {
  readonly crm: AppStore<'crm'>;
  readonly cloud: AppStore<'cloud'>;
  readonly plan: CollectionPlan;
  readonly cloudPlan: CollectionPlan;
  /** A run opens the link, as far as it comes. */
  open(): Promise<{ readonly epoch: number; readonly generation: number }>;
  /** One receipted window as both sides remember it; `at` says which of them does. */
  window(direction: 'forward' | 'reverse', ordinal: number, at: { readonly crm?: string; readonly cloud?: string }): Promise<void>;
  /** The collection's channel of a direction. */
  channel(store: AppStore, direction: string): Promise<Awaited<ReturnType<typeof readChannels>>[number] | undefined>;
}

/** What the CRM would sign of an opening. */
export const claims = (body: Awaited<ReturnType<typeof prepareOpening>>): OpeningClaims => ({
  ...body,
  ...TEST_LINK,
  iss: 'crm:x',
  aud: 'cloud:x',
  iat: 1,
  exp: 2,
  jti: randomUUID(),
});

/** Makes them. */
export async function createOpenedStores(): Promise<OpenedStores> {
  const [crm, cloud] = await Promise.all([createAppStore('crm'), createAppStore('cloud')]);
  const plan = await attachCollection(crm, 'CREATE TABLE app.items (id int PRIMARY KEY, v text)', { table: 'items', fields: ['id', 'v'] });
  const cloudPlan = await attachCollection(cloud, 'CREATE TABLE app.items (tenant text, id int, v text, PRIMARY KEY (tenant, id))', {
    table: 'items',
    fields: ['id', 'v'],
    tenantColumn: 'tenant',
  });
  return {
    crm,
    cloud,
    plan,
    cloudPlan,
    open: async () => {
      const { epoch } = await claimEpoch(crm.admin, LINK);
      const body = await prepareOpening(crm.admin, { link: LINK, epoch, runId: 'run/1' });
      const answer = await acceptOpening(cloud.admin, claims(body), [cloudPlan]);
      return acceptAnswer(crm.admin, LINK, body, answer);
    },
    window: async (direction, ordinal, at) => {
      for (const [store, state] of [
        [crm, at.crm],
        [cloud, at.cloud],
      ] as const) {
        if (state === undefined) continue;
        await store.admin.query(
          `INSERT INTO tidegate.window (link, collection, direction, ordinal, kind, batch_id, state, from_snapshot, to_snapshot, applied_xid)
           VALUES ($1, 'items', $2, $3, 'delta', $4, $5, '5:5:', '6:6:', CASE WHEN $5 = 'applied' THEN pg_current_xact_id() END)`,
          [LINK, direction, ordinal, randomUUID(), state],
        );
        if (state !== 'prepared')
          await store.admin.query(
            `UPDATE tidegate.channel SET ordinal = $3, state = 'open', cursor = '6:6:' WHERE link = $1 AND collection = 'items' AND direction = $2`,
            [LINK, direction, ordinal],
          );
      }
    },
    channel: async (store, direction) => (await readChannels(store.admin, LINK)).find((c) => c.direction === direction),
    [Symbol.asyncDispose]: async () => {
      await crm[Symbol.asyncDispose]();
      await cloud[Symbol.asyncDispose]();
    },
  };
}

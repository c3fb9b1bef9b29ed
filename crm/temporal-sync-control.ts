import { isGrpcServiceError } from '@temporalio/client';
import type { Pool } from 'pg';
import { TidegateError } from '../exchange/errors.ts';
import { connectTemporal, type TemporalAddress, type TemporalClient } from '../scheduler/connection.ts';
import { TidegateClient } from '../scheduler/tidegate-client.ts';
import type { SyncControl } from './api/sync-control.ts';
import { pageLinkStore } from './page-link-store.ts';

/** What the CRM application needs to reach its job scheduler. */
export interface TemporalSyncControlOptions extends Omit<TemporalAddress, 'timeoutMs' | 'interceptors'> {
  readonly taskQueue: string;
  readonly uiUrl?: string | undefined;
  /** Address of the CRM's page, to which workflows lead. */
  readonly crmPage?: string | undefined;
  /** The CRM's database, as `crm_page`. */
  readonly pool: Pool;
}

/** How long the server may take to answer, in milliseconds: somebody has clicked and waits. */
const ANSWER_MS = 1500;

/** How long it is believed that the server is there, or not, where only the status asks. */
const FRESH_MS = 3000;

/**
 * The job scheduler on a Temporal server that may be away: connects when first needed, and asks whether it is there
 * before anything is written, so that a refusal is one.
 */
export function temporalSyncControl({ taskQueue, uiUrl, crmPage, pool, ...place }: TemporalSyncControlOptions): SyncControl & AsyncDisposable {
  const { address } = place;
  const store = pageLinkStore(pool);
  let temporal: Promise<TemporalClient> | undefined;
  let known: { readonly reachable: Promise<boolean>; readonly at: number } | undefined;

  const connection = async (): Promise<TemporalClient> => {
    temporal ??= connectTemporal({ ...place, timeoutMs: ANSWER_MS, crmPage });
    try {
      return await temporal;
    } catch (error) {
      temporal = undefined;
      throw error;
    }
  };

  const reach = async (): Promise<TidegateClient> => {
    const { client } = await connection();
    try {
      await client.connection.withDeadline(Date.now() + ANSWER_MS, () => client.connection.workflowService.getSystemInfo({}));
    } catch (cause) {
      throw new TidegateError('temporal-unavailable', undefined, { address }, { cause });
    }
    return new TidegateClient({ client, store, taskQueue, uiUrl });
  };

  const act = async <T>(body: (client: TidegateClient) => Promise<T>): Promise<T> => {
    const client = await reach();
    try {
      return await body(client);
    } catch (cause) {
      if (!isGrpcServiceError(cause)) throw cause;
      throw new TidegateError('temporal-unavailable', 'What was asked for is noted and will be served.', { address }, { cause });
    }
  };

  return {
    requestForward: (order) => act((client) => client.requestForward(order)),
    orderReverse: (order) => act((client) => client.orderReverse(order)),
    pause: (link, order) => act((client) => client.pause(link, order)),
    resume: (link, order) => act((client) => client.resume(link, order)),
    setPeriod: (link, order) => act((client) => client.setPeriod(link, order)),
    release: (order) => act((client) => client.release(order)),
    retrySetAside: (order) => act((client) => client.retrySetAside(order)),
    discardSetAside: (order) => act((client) => client.discardSetAside(order)),
    keepConflict: (order) => store.keepConflict(order),
    plan: (order) => act((client) => client.plan(order)),
    undo: (order) => act((client) => client.undo(order)),
    decideBreach: (decision) => act((client) => client.decideBreach(decision)),
    reconcile: (order) => act((client) => client.reconcile(order)),
    erase: (order) => act((client) => client.erase(order)),
    isReachable: () => {
      const now = performance.now();
      if (known === undefined || now - known.at > FRESH_MS) {
        const reachable = reach().then(
          () => true,
          () => false,
        );
        known = { reachable, at: now };
      }
      return known.reachable;
    },
    [Symbol.asyncDispose]: async () => {
      await (await temporal?.catch(() => undefined))?.close();
    },
  };
}

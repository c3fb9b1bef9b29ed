import { openCodec } from '../adaptor/auth/codec/payload-codec.ts';
import type { Reconciliation } from '../adaptor/data/control/reconciliations.ts';
import { waitForReconciliation } from '../adaptor/data/control/wait-for-reconciliation.ts';
import { type FinishedRequest, waitForRequest } from '../adaptor/data/control/wait-for-request.ts';
import { postgresLinkStore } from '../adaptor/data/control/link-store.ts';
import { createPool } from '../adaptor/data/pool.ts';
import { sideEnvironment } from '../configuration/home.ts';
import { clientSettingsSchema } from '../configuration/settings/crm.ts';
import { readSettings } from '../configuration/settings/read-settings.ts';
import { temporalPlace } from '../configuration/temporal-place.ts';
import { connectTemporal } from '../scheduler/connection.ts';
import { TidegateClient } from '../scheduler/tidegate-client.ts';

/** Where a company's Tidegate is. What is left out comes from the environment (docs/adopting.md), or from a running `tidegate start`. */
export interface TidegatePlace {
  /** host:port of the Temporal front end. */
  readonly temporalAddress?: string;
  /** Default `tidegate`. */
  readonly namespace?: string;
  /** Default `tidegate`. */
  readonly taskQueue?: string;
  /** Base URL of the Temporal UI, for links to runs. */
  readonly temporalUi?: string;
  /** postgresql:// URL of the CRM's store, as a role that may write requests (`tidegate_consumer`). */
  readonly databaseUrl?: string;
  /** File of the keys under which payloads in Temporal are encrypted, as the worker has it; none: they are plain. */
  readonly codecKeys?: string;
  /** How long to wait for the Temporal server, in milliseconds. Default 5 s. */
  readonly timeoutMs?: number;
}

/** A client with its connections. `await using` closes them. */
export interface OpenTidegate extends AsyncDisposable {
  readonly tidegate: TidegateClient;
  /** Waits until a request is finished. Throws `run-failed` after `timeoutMs`; the request goes on. */
  waitForRequest(requestId: string, timeoutMs: number): Promise<FinishedRequest>;
  /** Waits until comparisons that were asked for together are finished: one a collection. Throws `run-failed` after `timeoutMs`; they go on. */
  waitForReconciliation(link: string, requestId: string, timeoutMs: number): Promise<readonly Reconciliation[]>;
  close(): Promise<void>;
}

/**
 * Opens the typed client for a CRM's own code: a connection to the Temporal server and a small pool to the CRM's store.
 * Throws `configuration-invalid` where something is neither given nor set, `temporal-unavailable`.
 */
export async function openTidegate(place: TidegatePlace = {}): Promise<OpenTidegate> {
  const given = {
    TIDEGATE_TEMPORAL_ADDRESS: place.temporalAddress,
    TIDEGATE_TEMPORAL_NAMESPACE: place.namespace,
    TIDEGATE_TASK_QUEUE: place.taskQueue,
    TIDEGATE_TEMPORAL_UI: place.temporalUi,
    TIDEGATE_CRM_CONSUMER_URL: place.databaseUrl,
    TIDEGATE_CODEC_KEYS: place.codecKeys,
  };
  const named = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const settings = readSettings(clientSettingsSchema, { ...sideEnvironment('crm'), ...named });
  const temporal = await connectTemporal({
    ...(await temporalPlace(settings)),
    codec: await openCodec(settings.TIDEGATE_CODEC_KEYS, settings.TIDEGATE_CODEC_MODE),
    timeoutMs: place.timeoutMs ?? 5000,
    crmPage: settings.TIDEGATE_CRM_APP_URL,
  });
  const pool = createPool(settings.TIDEGATE_CRM_CONSUMER_URL, { applicationName: 'tidegate client', maxConnections: 2 });
  const close = async (): Promise<void> => {
    await Promise.all([temporal.close(), pool.end()]);
  };
  return {
    tidegate: new TidegateClient({
      client: temporal.client,
      store: postgresLinkStore(pool),
      taskQueue: settings.TIDEGATE_TASK_QUEUE,
      uiUrl: settings.TIDEGATE_TEMPORAL_UI,
    }),
    waitForRequest: (requestId, timeoutMs) => waitForRequest(pool, requestId, timeoutMs),
    waitForReconciliation: (link, requestId, timeoutMs) => waitForReconciliation(pool, link, requestId, timeoutMs),
    close,
    [Symbol.asyncDispose]: close,
  };
}

import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import type { RequestContext } from '../../activities/create-request-activities.ts';
import type { LinkSetup } from '../../activities/link-setup.ts';
import { postgresKeyRegistry } from '../../adaptor/auth/key-registry.ts';
import { registerKey } from '../../adaptor/auth/register.ts';
import { attachTable } from '../../adaptor/data/capture/attach.ts';
import { postgresLinkStore } from '../../adaptor/data/control/link-store.ts';
import { planCollections, plansByTable } from '../../adaptor/data/plan-collections.ts';
import { createPool } from '../../adaptor/data/pool.ts';
import { appointments, contacts, tasks } from '../../configuration/built-in.ts';
import type { CollectionConfigInput } from '../../configuration/collection-config.ts';
import { type ConfigInput, type LinkConfig, configSchema } from '../../configuration/config.ts';
import type { ProducerLimits } from '../../cloud/producer/dependencies.ts';
import { linkName } from '../../exchange/names.ts';
import type { ValueCipher } from '../../exchange/sealed.ts';
import { announceApproval } from '../../scheduler/approval-run.ts';
import { ensureForwardChain } from '../../scheduler/forward-chain.ts';
import { triggerReverse } from '../../scheduler/schedules.ts';
import { TidegateClient } from '../../scheduler/tidegate-client.ts';
import { linkSetup } from '../../workers/crm/link-setups.ts';
import type { WorkerContext } from '../../workers/crm/worker-options.ts';
import { retentionOf } from '../../configuration/retention.ts';
import { BY_HAND_ONLY } from './by-hand-only.ts';
import { type MigratedDatabase, createMigratedDatabase } from './migrated-database.ts';
import { type TestProducer, startTestProducer } from './test-producer.ts';

const HOUR_MS = 3_600_000;

/** How a test link differs from the usual one. */
export interface TestLinkOptions {
  readonly collections?: readonly CollectionConfigInput[];
  readonly link?: Partial<Omit<ConfigInput['links'][number], 'tenant' | 'environment' | 'link' | 'collections'>>;
  /** What seals and opens sealed fields. */
  readonly cipher?: ValueCipher;
  /** Limits of the producer. */
  readonly limits?: Partial<ProducerLimits>;
  /** Stores to use instead of new ones on the shared servers; dropped with the link. */
  readonly stores?: { readonly crm: MigratedDatabase<'crm'>; readonly cloud: MigratedDatabase<'cloud'> };
}

/** A CRM's store with attached tables, a producer with its own store, and a configured link between them. `await using` ends all. */
export interface TestLink extends AsyncDisposable {
  /** Full name; the link of each test is another one. */
  readonly name: string;
  readonly config: LinkConfig;
  readonly setup: LinkSetup;
  readonly crm: MigratedDatabase<'crm'>;
  readonly producer: TestProducer;
  /** As the CRM store's superuser. */
  readonly crmAdmin: Pool;
  /** As the cloud store's superuser. */
  readonly cloudAdmin: Pool;
  readonly consumer: Pool;
  /** What activities are given, for a Temporal client and task queue. */
  context(temporal: RequestContext['temporal'], taskQueue: string, hooks?: RequestContext['hooks']): WorkerContext;
  /** The typed client, for the same. */
  tidegate(temporal: RequestContext['temporal'], taskQueue: string): TidegateClient;
}

/** Starts it. */
export async function startTestLink({
  collections = [contacts, appointments, tasks],
  link: overrides = {},
  stores,
  cipher,
  limits = {},
}: TestLinkOptions = {}): Promise<TestLink> {
  const identity = { tenant: 'acme', environment: 'test', link: `l-${randomUUID().slice(0, 8)}` };
  const name = linkName(identity);
  const [crm, producer] = await Promise.all([
    stores?.crm ?? createMigratedDatabase('crm'),
    startTestProducer({ link: identity, limits, ...(stores === undefined ? {} : { database: stores.cloud }) }),
  ]);
  const { links, retention } = configSchema.parse({ links: [{ ...identity, schedules: BY_HAND_ONLY, collections: [...collections], ...overrides }] });
  const config = links[0] as LinkConfig;
  const crmAdmin = createPool(crm.adminUrl, { applicationName: 'test admin', maxConnections: 6 });
  const consumer = createPool(crm.urls.tidegate_consumer, { applicationName: 'test consumer', maxConnections: 20 });
  const reverse = createPool(crm.urls.tidegate_reverse, { applicationName: 'test reverse', maxConnections: 6 });
  const verifier = createPool(crm.urls.tidegate_verifier, { applicationName: 'test verifier', maxConnections: 4 });
  for (const { party, publicJwk } of [producer.crmKey, producer.cloudKey])
    await registerKey(crmAdmin, { party, publicJwk, notBeforeMs: Date.now() - HOUR_MS, notAfterMs: Date.now() + HOUR_MS });
  const setup = linkSetup(config, {
    signingKey: producer.crmKey,
    producer: producer.client(),
    cipher,
    readCertificate: async () => producer.crmTls.certificate,
  });
  const planned = await planCollections(
    crmAdmin,
    identity,
    'crm',
    setup.collections.map(({ source }) => source),
  );
  for (const { fault } of planned) if (fault !== undefined) throw fault;
  for (const plans of plansByTable(planned.flatMap(({ plan }) => plan ?? []))) await attachTable(crmAdmin, plans);
  const store = postgresLinkStore(consumer);
  return {
    name,
    config,
    setup,
    crm,
    producer,
    crmAdmin,
    consumer,
    cloudAdmin: producer.admin,
    context: (temporal, taskQueue, hooks) => ({
      links: new Map([[name, setup]]),
      consumer,
      reverse,
      verifier,
      registry: postgresKeyRegistry(verifier),
      retention: retentionOf(retention),
      temporal,
      taskQueue,
      ...(hooks === undefined ? {} : { hooks }),
      announceApproval: (link, approval) => announceApproval({ client: temporal, taskQueue }, link, approval),
      triggerReverse: (link) => triggerReverse(temporal, link),
      ensureForwardChain: (link) =>
        ensureForwardChain(
          {
            client: temporal,
            store,
            taskQueue,
          },
          link,
        ),
    }),
    tidegate: (client, taskQueue) =>
      new TidegateClient({
        client,
        store,
        taskQueue,
      }),
    [Symbol.asyncDispose]: async () => {
      await producer[Symbol.asyncDispose]();
      await Promise.all([crmAdmin, consumer, reverse, verifier].map((pool) => pool.end()));
      await crm.drop();
    },
  };
}

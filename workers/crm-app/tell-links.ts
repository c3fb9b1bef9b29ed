import type pino from 'pino';
import type { LinkConfig } from '../../configuration/config.ts';
import { nameLinks } from '../../crm/api/context.ts';
import type { CrmDatabase } from '../../crm/database.ts';
import type { CollectionStanding } from '../../adaptor/data/control/collection-standing.ts';
import { readPeriods } from '../../adaptor/data/control/sync-periods.ts';
import { readCollectionStatus } from '../../crm/status/collection-status.ts';
import { type LastReconciliation, readLastReconciliations } from '../../crm/status/last-reconciliations.ts';
import { type DirectionHealth, type ReverseProof, readDirectionHealth, readReverseProofs } from '../../crm/status/link-health.ts';
import { namedCollections } from '../../crm/status/named-collection.ts';
import type { KeysOf } from '../../observability/metrics/catalogue.ts';
import type { Metrics } from '../../observability/metrics/metrics.ts';
import { readStore } from '../observation/read-store.ts';
import { forgetStore, tellStore } from '../observation/tell-store.ts';

const LINK_STATES = ['unopened', 'open', 'paused', 'stopped'] as const;

/** Forward states of a collection in which it takes part. Reverse opens with the first window after the load, and is held by these. */
const FLOWING: ReadonlySet<string | null> = new Set(['loaded', 'open']);
const HELD: ReadonlySet<string | null> = new Set(['drifted', 'stopped']);

const FROM_THE_STORE: readonly KeysOf<'gauge'>[] = [
  'linkState',
  'collectionState',
  'lag',
  'waiting',
  'lastProven',
  'conflicts',
  'requests',
  'oldestRequest',
  'lastRunGood',
  'differences',
  'lastReconciled',
];

/**
 * Tells how the links stand, out of the CRM's control plane. This process tells it because it works without the worker: a
 * worker that is dead or frozen shows as a proof that does not come.
 */
export function tellLinks(metrics: Metrics, log: pino.Logger, { control, pool }: CrmDatabase, links: readonly LinkConfig[]): void {
  const named = nameLinks(links);
  const collections = namedCollections(named);
  for (const { name, reconciliation } of named)
    if (reconciliation.scheduled) metrics.gauge('expectedInterval').set({ link: name, direction: 'reconcile' }, reconciliation.everyMs / 1000);
  const forget = async (): Promise<void> => {
    for (const key of FROM_THE_STORE) metrics.gauge(key).reset();
    await forgetStore(metrics);
  };
  const names = named.map(({ name }) => name);
  const read = async (): Promise<void> => {
    const [status, proofs, health, compared] = await Promise.all([
      readCollectionStatus(control, collections),
      readReverseProofs(pool, collections),
      readDirectionHealth(pool, names),
      readLastReconciliations(pool, names),
      tellStore(metrics, pool),
    ]);
    for (const { name, schedules } of named) {
      // A period that somebody has set outlives the configured one.
      const { forward, reverse } = await readPeriods(pool, name);
      metrics.gauge('expectedInterval').set({ link: name, direction: 'forward' }, (forward ?? schedules.forwardEveryMs) / 1000);
      metrics.gauge('expectedInterval').set({ link: name, direction: 'reverse' }, (reverse ?? schedules.reverseEveryMs) / 1000);
    }
    for (const one of status) tellCollection(metrics, one);
    for (const one of proofs) tellProven(metrics, one, 'reverse');
    for (const one of health) tellDirection(metrics, one);
    for (const one of compared) tellCompared(metrics, one);
  };
  readStore(metrics, log, read, forget);
}

function tellCollection(metrics: Metrics, status: CollectionStanding): void {
  const { link, collection, state, reverseState } = status;
  metrics.gauge('lag').set({ link, collection }, status.lagMs / 1000);
  metrics.gauge('waiting').set({ link, collection }, status.waiting);
  metrics.gauge('conflicts').set({ link, collection }, status.conflicts);
  const flows = metrics.gauge('collectionState');
  flows.set({ link, collection, direction: 'forward' }, Number(FLOWING.has(state)));
  flows.set({ link, collection, direction: 'reverse' }, Number(state === 'open' && !HELD.has(reverseState)));
  tellProven(metrics, status, 'forward');
}

function tellProven(metrics: Metrics, { link, collection, provenAt }: ReverseProof, direction: 'forward' | 'reverse'): void {
  metrics.gauge('lastProven').set({ link, collection, direction }, (provenAt?.getTime() ?? 0) / 1000);
}

function tellDirection(metrics: Metrics, { link, direction, state, requests, oldestRequestSeconds, lastRun }: DirectionHealth): void {
  for (const one of LINK_STATES) metrics.gauge('linkState').set({ link, state: one }, Number(one === state));
  metrics.gauge('requests').set({ link, direction }, requests);
  metrics.gauge('oldestRequest').set({ link, direction }, oldestRequestSeconds);
  if (lastRun !== null) metrics.gauge('lastRunGood').set({ link, direction }, Number(lastRun === 'completed'));
}

function tellCompared(metrics: Metrics, { link, collection, differences, finishedAt }: LastReconciliation): void {
  metrics.gauge('differences').set({ link, collection }, differences);
  metrics.gauge('lastReconciled').set({ link, collection }, finishedAt.getTime() / 1000);
}

import { Client } from 'pg';
import { waitForRequest } from '../../../adaptor/data/control/wait-for-request.ts';
import { createPool } from '../../../adaptor/data/pool.ts';
import type { LinkConfig } from '../../../configuration/config.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import { linkName } from '../../../exchange/names.ts';
import type { TidegateClient } from '../../../scheduler/tidegate-client.ts';
import type { StackStore } from '../store.ts';
import { type Comparison, compareStores } from './compare-stores.ts';
import { type CollectionBooks, readBooks } from './read-books.ts';
import { changeInCrm, editInCloud } from './sample-edits.ts';

/** What one whole cycle found. */
export interface CycleResult {
  readonly balanced: boolean;
  readonly converged: boolean;
  readonly seconds: number;
  readonly collections: Readonly<Record<string, CollectionBooks>>;
  /** What was wrong; empty where all holds. */
  readonly faults: readonly string[];
}

/** What a cycle runs on. */
export interface CycleParts {
  readonly link: LinkConfig;
  readonly crm: StackStore;
  readonly cloud: StackStore;
  readonly tidegate: TidegateClient;
  readonly onStep: (step: string) => void;
}

const TIMEOUT_MS = 180_000;
const ACTOR = 'npm start -- --once';

/**
 * One whole cycle: forward, edits in the cloud, an ordered reverse sync, changes in the CRM, forward again; then the books
 * of both sides and the stores themselves are compared with SQL.
 */
export async function runCycle({ link, crm, cloud, tidegate, onStep }: CycleParts): Promise<CycleResult> {
  const started = performance.now();
  const name = linkName(link);
  const names = link.collections.map((collection) => collection.name);
  const crmPool = createPool(crm.roleUrl('tidegate_consumer'), { applicationName: 'tidegate cycle', maxConnections: 2 });
  const users = createPool(cloud.roleUrl('cloud_user'), { applicationName: 'tidegate cycle', maxConnections: 2 });
  const [crmAdmin, cloudAdmin] = [new Client({ connectionString: crm.adminUrl }), new Client({ connectionString: cloud.adminUrl })];
  await Promise.all([crmAdmin.connect(), cloudAdmin.connect()]);
  const served = async (direction: 'forward' | 'reverse') => {
    const order = { link: name, by: ACTOR };
    const { requestId } = direction === 'forward' ? await tidegate.requestForward(order) : await tidegate.orderReverse(order);
    const { state } = await waitForRequest(crmPool, requestId, TIMEOUT_MS);
    if (state === 'failed') throw new TidegateError('run-failed', `The ${direction} request failed.`, { requestId });
  };
  try {
    onStep('forward synchronisation');
    await served('forward');
    onStep('edits in the cloud');
    await editInCloud({ tenant: link.tenant, users, admin: cloudAdmin }, names);
    onStep('reverse synchronisation by the order of the CRM');
    await served('reverse');
    onStep('changes in the CRM');
    await changeInCrm(crmAdmin);
    await served('forward');
    onStep('books and stores compared');
    const books = await readBooks(crmAdmin, cloudAdmin, name, names);
    const comparisons = await compareStores(crmAdmin, cloudAdmin, link);
    const faults = [...books.faults, ...comparisons.flatMap(differences), ...missing(books.collections)];
    return {
      balanced: books.faults.length === 0,
      converged: comparisons.every((comparison) => comparison.equal),
      seconds: Math.round((performance.now() - started) / 10) / 100,
      collections: books.collections,
      faults,
    };
  } finally {
    await Promise.all([crmPool.end(), users.end(), crmAdmin.end(), cloudAdmin.end()]);
  }
}

function differences({ collection, crm, cloud, equal }: Comparison): readonly string[] {
  return equal ? [] : [`${collection}: the stores differ (${crm.records} records at the CRM, ${cloud.records} at the cloud)`];
}

/** A cycle in which nothing moved proves nothing. */
function missing(collections: Readonly<Record<string, CollectionBooks>>): readonly string[] {
  return Object.entries(collections).flatMap(([name, { forward, reverse }]) => [
    ...(forward.applied === 0 ? [`${name}: nothing was applied forward`] : []),
    ...(reverse.applied === 0 ? [`${name}: nothing was applied in reverse`] : []),
  ]);
}

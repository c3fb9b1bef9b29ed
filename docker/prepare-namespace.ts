import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { type TemporalServerPlace, connectionOptions } from '../scheduler/connection.ts';
import { type TemporalNamespace, registerSearchAttributes } from '../scheduler/register-search-attributes.ts';

/** How long finished runs stay to be looked at. */
const RETENTION = '7 days';

/** A new namespace is known to every part of a Temporal server after some seconds. */
const NAMESPACE_TIMEOUT_MS = 60_000;

/** Makes the namespace where it is missing, and registers the search attributes that runs are found by. */
export async function prepareNamespace(place: TemporalServerPlace): Promise<void> {
  const connection = await Connection.connect(connectionOptions(place));
  try {
    await registerNamespace(connection, place.namespace);
  } finally {
    await connection.close();
  }
  await registerAttributes(place);
}

async function registerNamespace(connection: Connection, namespace: string): Promise<void> {
  try {
    await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: msToTs(RETENTION) });
  } catch (error) {
    if (!isAlreadyThere(error)) throw error;
  }
}

/** As the scheduler does, again for as long as the new namespace may be unknown to a part of the server. */
async function registerAttributes(place: TemporalNamespace): Promise<void> {
  const until = Date.now() + NAMESPACE_TIMEOUT_MS;
  for (;;) {
    try {
      await registerSearchAttributes(place);
      return;
    } catch (error) {
      if (Date.now() > until) throw error;
      await sleep(500);
    }
  }
}

/** gRPC's ALREADY_EXISTS. */
function isAlreadyThere(error: unknown): boolean {
  return (error as { code?: number }).code === 6;
}

import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { SEARCH_ATTRIBUTES } from '../scheduler/search-attributes.ts';

/** How long finished runs stay to be looked at. */
const RETENTION = '7 days';

/** A new namespace is known to every part of a Temporal server after some seconds. */
const NAMESPACE_TIMEOUT_MS = 60_000;

/** Numbers of the types in Temporal's API (temporal.api.enums.v1.IndexedValueType). */
const INDEXED_VALUE_TYPES = { KEYWORD: 2, INT: 3, KEYWORD_LIST: 7 } as const;

/** Makes the namespace where it is missing, and registers the search attributes that runs are found by. */
export async function prepareNamespace({ address, namespace }: { readonly address: string; readonly namespace: string }): Promise<void> {
  const connection = await Connection.connect({ address });
  try {
    await registerNamespace(connection, namespace);
    await registerSearchAttributes(connection, namespace);
  } finally {
    await connection.close();
  }
}

async function registerNamespace(connection: Connection, namespace: string): Promise<void> {
  try {
    await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: msToTs(RETENTION) });
  } catch (error) {
    if (!isAlreadyThere(error)) throw error;
  }
}

async function registerSearchAttributes(connection: Connection, namespace: string): Promise<void> {
  const until = Date.now() + NAMESPACE_TIMEOUT_MS;
  for (;;) {
    try {
      const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
      const missing = Object.values(SEARCH_ATTRIBUTES).filter(({ name }) => customAttributes?.[name] === undefined);
      const searchAttributes = Object.fromEntries(missing.map(({ name, type }) => [name, INDEXED_VALUE_TYPES[type]]));
      if (missing.length > 0) await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
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

import { inject } from 'vitest';

/** Where the run's Temporal server is. */
export interface TestTemporal {
  /** host:port of the front end. */
  readonly address: string;
  readonly uiUrl: string;
  /** Has the product's search attributes. */
  readonly namespace: string;
}

/**
 * The Temporal server that all test files of a run share, started when first asked for.
 * Use a task queue and workflow ids of your own; nothing is removed between tests.
 */
export async function testTemporal(): Promise<TestTemporal> {
  const answer = await fetch(inject('temporalOnDemand'));
  if (!answer.ok) throw new Error(`No Temporal server for tests: ${await answer.text()}`);
  return (await answer.json()) as TestTemporal;
}

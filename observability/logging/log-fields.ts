import { AsyncLocalStorage } from 'node:async_hooks';

/** Ids and names that belong on every line of a piece of work: never record content. */
export interface LogFields {
  link?: string;
  collection?: string;
  /** `<workflowId>/<runId>`: the run's id in the control plane and in the Temporal UI. */
  runId?: string;
  activity?: string;
  attempt?: number;
  /** The reverse synchronisation message that ordered it. */
  messageId?: string;
  batchId?: string;
  ordinal?: number;
  chunk?: number;
  epoch?: number;
}

const fields = new AsyncLocalStorage<LogFields>();

/** Runs a body whose log lines all carry these fields, beside those it is called with. */
export function withLogFields<T>(more: LogFields, body: () => T): T {
  return fields.run({ ...fields.getStore(), ...more }, body);
}

/** Adds what became known in the middle of a piece of work, e.g. the batch that a manifest names. Outside of one, nothing happens. */
export function noteLogFields(more: LogFields): void {
  const current = fields.getStore();
  if (current !== undefined) Object.assign(current, more);
}

/** The fields of the work that is done now. */
export function currentLogFields(): Readonly<LogFields> {
  return fields.getStore() ?? {};
}

import { upsertSearchAttributes } from '@temporalio/workflow';

/**
 * Search attributes of a run, with which an operator finds it in the Temporal UI. The scheduler registers them
 * (scheduler/search-attributes.ts holds the same list; its type is taken from here).
 */
export const ATTRIBUTES = {
  /** `tenant/environment/link` of the run. */
  link: { name: 'TidegateLink', type: 'KEYWORD' },
  /** `forward` or `reverse`. */
  direction: { name: 'TidegateDirection', type: 'KEYWORD' },
  /** Collections that the run serves. */
  collection: { name: 'TidegateCollection', type: 'KEYWORD_LIST' },
  /** What caused the run: start, period, user, records, change, repair, release, approval, undo, plan. */
  trigger: { name: 'TidegateTrigger', type: 'KEYWORD' },
  /** How the run stands: running, paused, waiting (for approval), completed, refused, failed. */
  outcome: { name: 'TidegateOutcome', type: 'KEYWORD' },
  /** Id of the reverse synchronisation message, or of the release. */
  messageId: { name: 'TidegateMessageId', type: 'KEYWORD' },
  /** Number of records that the run's windows offered. */
  records: { name: 'TidegateRecords', type: 'INT' },
  /** Number of records that a reconciliation found to differ. */
  differences: { name: 'TidegateDifferences', type: 'INT' },
} as const;

/** Values of the attributes that a workflow sets. */
export interface RunAttributes {
  readonly link?: string;
  readonly direction?: 'forward' | 'reverse';
  readonly collection?: readonly string[];
  readonly trigger?: string;
  readonly outcome?: 'running' | 'paused' | 'waiting' | 'completed' | 'refused' | 'failed';
  readonly messageId?: string;
  readonly records?: number;
  readonly differences?: number;
}

/** Sets search attributes of the running workflow; those not given stay as they are. */
export function setAttributes({ link, direction, collection, trigger, outcome, messageId, records, differences }: RunAttributes): void {
  upsertSearchAttributes([
    ...(link === undefined ? [] : [{ key: ATTRIBUTES.link, value: link }]),
    ...(direction === undefined ? [] : [{ key: ATTRIBUTES.direction, value: direction }]),
    ...(collection === undefined ? [] : [{ key: ATTRIBUTES.collection, value: [...collection] }]),
    ...(trigger === undefined ? [] : [{ key: ATTRIBUTES.trigger, value: trigger }]),
    ...(outcome === undefined ? [] : [{ key: ATTRIBUTES.outcome, value: outcome }]),
    ...(messageId === undefined ? [] : [{ key: ATTRIBUTES.messageId, value: messageId }]),
    ...(records === undefined ? [] : [{ key: ATTRIBUTES.records, value: records }]),
    ...(differences === undefined ? [] : [{ key: ATTRIBUTES.differences, value: differences }]),
  ]);
}

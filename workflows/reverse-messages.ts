import { defineQuery, defineSignal } from '@temporalio/workflow';

/** The signal that brings a reverse run its order: the signed message, bytes as they were signed. */
export interface DeliveredMessage {
  readonly messageId: string;
  readonly jws: string;
}

/** How far a reverse run is. */
export interface ReverseProgress {
  /** Known once the message was verified. */
  readonly link: string | null;
  readonly messageId: string | null;
  /** What it does now, in words. */
  readonly phase: string;
  readonly collections: readonly { readonly collection: string; readonly windows: number; readonly offered: number; readonly finished: boolean }[];
  /** Collections whose windows would have changed or deleted more than their budget allows: they wait for approval. */
  readonly held: readonly string[];
  /** Signals after the first; they change nothing. */
  readonly ignoredSignals: number;
}

/** Delivers the reverse synchronisation message. Only the first one counts. */
export const reverseMessage = defineSignal<[DeliveredMessage], 'reverseMessage'>('reverseMessage');

/** How far the run is. */
export const progress = defineQuery<ReverseProgress, [], 'progress'>('progress');

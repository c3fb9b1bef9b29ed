import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';

/** Who decided what, and why. It counts only where the CRM's own row says the same. */
export interface Decision {
  readonly approved: boolean;
  readonly by: string;
  readonly reason: string;
}

/** How an approval stands. */
export interface ApprovalProgress {
  /** What it does now, in words. */
  readonly phase: string;
  readonly decided: Decision | null;
  /** Updates that the CRM had not recorded. */
  readonly refusedUpdates: number;
}

/** Tells the waiting workflow of a decision. Answers with the state of the row; fails with `decision-not-recorded` otherwise. */
export const decide = defineUpdate<{ readonly state: string }, [Decision], 'decide'>('decide');

/** Tells it to look at its row. */
export const look = defineSignal<[], 'look'>('look');

/** How it stands. */
export const progress = defineQuery<ApprovalProgress, [], 'progress'>('progress');

import { defineQuery, defineSignal } from '@temporalio/workflow';

/** What a forward chain is sent with a pause. */
export interface PauseOrder {
  readonly reason: string;
  readonly by: string;
}

/** What a forward chain is sent with a resume. */
export interface ResumeOrder {
  readonly by: string;
}

/** How far a forward run is. */
export interface ForwardProgress {
  /** What it does now, in words. */
  readonly phase: string;
  readonly epoch: number;
  readonly paused: PauseOrder | null;
  /** Sessions that failed in a row; 0 while all is well. */
  readonly failures: number;
  /** Code of the last failure of this run. */
  readonly lastFailure: string | null;
  /** State of each collection at the beginning of the session, parents first. */
  readonly collections: readonly { readonly collection: string; readonly state: string; readonly reason: string | null }[];
}

/** Wakes a chain that waits before a new attempt. The request itself is a row in the CRM. */
export const requestForward = defineSignal<[], 'requestForward'>('requestForward');

/** Stops the flow of a link until it is resumed. */
export const pauseLink = defineSignal<[PauseOrder], 'pauseLink'>('pauseLink');

/** Lets a paused link go on. */
export const resumeLink = defineSignal<[ResumeOrder], 'resumeLink'>('resumeLink');

/** How far the run is. */
export const progress = defineQuery<ForwardProgress, [], 'progress'>('progress');

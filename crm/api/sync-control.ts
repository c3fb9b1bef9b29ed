/* What the CRM application needs of the job scheduler. `TidegateClient` of scheduler/ is one; tests bring their own. */

/** A synchronisation that a user asks for; `link` is the full name. */
export interface SyncOrder {
  readonly link: string;
  /** Left out: all. */
  readonly collections?: readonly string[];
  /** Selected records, by the values of their keys as text. */
  readonly records?: readonly { readonly collection: string; readonly key: readonly string[] }[];
  /** E-mail address of the user. */
  readonly by: string;
  readonly reason?: string;
}

/** A decision about a record set aside or a conflict; `id` is its number. */
export interface DecisionOrder {
  readonly link: string;
  readonly id: number;
  /** E-mail address of the user. */
  readonly by: string;
  readonly reason: string;
}

/** A decision that writes into the CRM under a signed release (rule 5). */
export interface ReleaseOrder {
  readonly link: string;
  readonly act: 'retry' | 'edit' | 'restore';
  readonly subject: number;
  readonly values: Readonly<Record<string, string | null>> | null;
  readonly requestedBy: string;
  readonly reason: string;
}

/** A record whose values are to be destroyed everywhere, by its key in the CRM's table. */
export interface ErasureOrder {
  readonly link: string;
  readonly collection: string;
  readonly key: readonly string[];
  /** E-mail address of the user. */
  readonly requestedBy: string;
  readonly reason: string;
}

/** A decision about what waits for approval; `breach` is its number. */
export interface BreachDecision {
  readonly link: string;
  readonly breach: number;
  readonly approved: boolean;
  readonly by: string;
  readonly reason: string;
}

/** What a user wants compared, and whether what differs is repaired. */
export interface ReconcileOrder {
  readonly link: string;
  readonly collections: readonly string[];
  readonly repair: boolean;
  /** Approval that extra records whose keys were once receipted are deleted at the cloud. */
  readonly deleteReceipted: boolean;
  /** E-mail address of the user. */
  readonly by: string;
  readonly reason?: string | undefined;
}

/** A plan that a user asks for: what a run would do. */
export interface PlanOrder {
  readonly link: string;
  readonly direction: 'forward' | 'reverse';
  /** Empty: all. */
  readonly collections: readonly string[];
  /** Number of records of each collection whose differences are shown. */
  readonly sample: number;
  /** The run whose undo is looked at beforehand. */
  readonly run?: string;
  readonly requestedBy: string;
}

/** An order to undo a run. */
export interface UndoOrder {
  readonly link: string;
  /** Id of the run, or of its workflow. */
  readonly run: string;
  readonly exceptEdited: boolean;
  readonly requestedBy: string;
  readonly reason: string;
}

/** A decision that is being carried out: under a release, or by a request to send a record again. */
export type StartedDecision = { readonly releaseId: string } | { readonly requestId: string | null };

/** Control over synchronisation. Every call may throw `temporal-unavailable` or `link-stopped`. */
export interface SyncControl {
  /** Asks for forward synchronisation; gives the id of the request row. */
  requestForward(order: SyncOrder): Promise<{ readonly requestId: string }>;
  /** Orders changes of the cloud in; gives the id of the request row. */
  orderReverse(order: SyncOrder): Promise<{ readonly requestId: string }>;
  /** Stops the flow of a link in both directions until it is resumed. */
  pause(link: string, order: { readonly reason: string; readonly by: string }): Promise<unknown>;
  /** Lets a paused link go on. */
  resume(link: string, order: { readonly by: string }): Promise<unknown>;
  /** Sets the period of one direction of a link, in milliseconds. */
  setPeriod(link: string, order: { readonly direction: 'forward' | 'reverse'; readonly everyMs: number; readonly by: string }): Promise<void>;
  /** Has a decision carried out that writes into the CRM. */
  release(order: ReleaseOrder): Promise<{ readonly releaseId: string }>;
  /** Tries a record again that was set aside. */
  retrySetAside(order: DecisionOrder): Promise<StartedDecision>;
  /** Gives up a record that was set aside. */
  discardSetAside(order: DecisionOrder): Promise<{ readonly requestId: string | null }>;
  /** Decides a waiting conflict for what stands. */
  keepConflict(order: DecisionOrder): Promise<void>;
  /** Has worked out what a run would do. */
  plan(order: PlanOrder): Promise<{ readonly planId: string }>;
  /** Has a run undone. */
  undo(order: UndoOrder): Promise<{ readonly undo: number; readonly releaseId: string }>;
  /** Approves or rejects what waits. */
  decideBreach(decision: BreachDecision): Promise<unknown>;
  /** Compares the stores; gives the id by which the comparisons are found. */
  reconcile(order: ReconcileOrder): Promise<{ readonly requestId: string }>;
  /** Has the values of a record destroyed everywhere; gives the number of the erasure. */
  erase(order: ErasureOrder): Promise<{ readonly erasure: number }>;
  /** Whether the job scheduler answers. */
  isReachable(): Promise<boolean>;
}

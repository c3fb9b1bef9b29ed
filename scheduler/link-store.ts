/* What the scheduler needs of the CRM's store; the data module provides it (adaptor/data/control/link-store.ts). */

/** A link as its row says. */
export interface LinkStanding {
  readonly state: 'open' | 'paused' | 'stopped';
  readonly reason: string | null;
  readonly by: string | null;
  readonly epoch: number;
  /** The forward run that took the link over last: `<workflowId>/<runId>`. */
  readonly openedRun: string | null;
}

/** A selected record, by its key's values as text. */
export interface SelectedRecord {
  readonly collection: string;
  readonly key: readonly string[];
}

/** A request row to be written. */
export interface NewRequest {
  readonly link: string;
  readonly direction: 'forward' | 'reverse';
  readonly cause: 'user' | 'records' | 'repair';
  /** Empty: all collections. */
  readonly collections: readonly string[];
  readonly records: readonly SelectedRecord[] | null;
  readonly requestedBy: string;
  readonly reason: string | null;
}

/** A decision that writes into the CRM once the CRM has signed a release of it (rule 5). */
export interface NewRelease {
  readonly link: string;
  readonly act: 'retry' | 'edit' | 'restore' | 'approve' | 'undo' | 'erase';
  /** Id of the row that it is about: quarantine, conflict, approval, undo, erasure. */
  readonly subject: number;
  /** Values that the user gives: field -> text in the form of the wire. They stay in the CRM's row. */
  readonly values: Readonly<Record<string, string | null>> | null;
  readonly requestedBy: string;
  readonly reason: string;
}

/** A record whose values are to be destroyed everywhere. */
export interface NewErasure extends SelectedRecord {
  readonly link: string;
  readonly requestedBy: string;
  readonly reason: string;
}

/** A decision about a record set aside, or a conflict. */
export interface DecisionOrder {
  readonly link: string;
  /** Number of the record set aside, or of the conflict. */
  readonly id: number;
  readonly by: string;
  readonly reason: string;
}

/** A user's decision about what waits for approval. */
export interface BreachDecision {
  readonly link: string;
  /** Its number, or the run that met it. */
  readonly breach: number | string;
  readonly approved: boolean;
  readonly by: string;
  readonly reason: string;
}

/** What was decided about. */
export interface DecidedBreach {
  readonly id: number;
  readonly collection: string;
  readonly direction: 'forward' | 'reverse';
  readonly changes: number;
  readonly deletes: number;
  /** A reverse window that was set down, and is written under a release once it is approved. */
  readonly batchId: string | null;
}

/** An order to undo a run. */
export interface NewUndo {
  readonly link: string;
  /** Id of the run, or of its workflow. */
  readonly run: string;
  /** Whether the rest is undone where some records were edited since; else nothing is. */
  readonly exceptEdited: boolean;
  readonly requestedBy: string;
  readonly reason: string;
}

/** A plan that somebody asks for. */
export interface NewPlan {
  readonly link: string;
  readonly direction: 'forward' | 'reverse';
  /** Empty: all. */
  readonly collections: readonly string[];
  /** Number of records of each collection whose differences are shown. */
  readonly sample: number;
  /** The run whose undo is looked at beforehand, by its id or that of its workflow. */
  readonly run?: string | undefined;
  readonly requestedBy: string;
}

/** Comparisons of collections with the cloud's that somebody asks for. */
export interface NewReconciliation {
  readonly link: string;
  readonly collections: readonly string[];
  readonly trigger: 'user';
  /** Whether what differs is repaired by ordinary runs. */
  readonly repair: boolean;
  /** Approval that extra records whose keys were once receipted are deleted at the cloud. */
  readonly deleteReceipted: boolean;
  readonly requestedBy: string;
  readonly reason: string | null;
}

/** Approval of a new initial load. */
export interface ReloadApproval {
  readonly approvedBy: string;
  readonly reason: string;
}

/** The CRM's rows behind the scheduler. */
export interface LinkStore {
  /** Undefined where the link was never taken over. */
  readLink(link: string): Promise<LinkStanding | undefined>;
  /** Writes a request row and tells the pump. Gives its id. */
  writeRequest(request: NewRequest): Promise<string>;
  /** Writes down what a user decided. Gives the id of the release to be. */
  writeRelease(release: NewRelease): Promise<string>;
  /** Writes down what is to be compared. Gives the id by which it is found. */
  writeReconciliations(asked: NewReconciliation): Promise<string>;
  /** Writes down whose values are to be destroyed. Gives the number of the erasure. */
  writeErasure(erasure: NewErasure): Promise<number>;
  /** Where a record set aside waits, with its key in the CRM's table. Throws `record-not-found`, `already-decided`. */
  readWaiting(link: string, id: number): Promise<SelectedRecord & { readonly direction: 'forward' | 'reverse' }>;
  /** Gives up a record set aside. Gives the record that has to be sent again, if any. Throws `record-not-found`, `already-decided`. */
  discard(order: DecisionOrder): Promise<SelectedRecord | undefined>;
  /** Decides a waiting conflict for what stands. Throws `record-not-found`, `already-decided`. */
  keepConflict(order: DecisionOrder): Promise<void>;
  /** Writes down that a plan is asked for. Gives its id. */
  writePlan(plan: NewPlan): Promise<string>;
  /** Writes an undo down. Gives its number. Throws `record-not-found`, `undo-forward`, `bad-request`. */
  writeUndo(undo: NewUndo): Promise<number>;
  /** Approves or rejects what waits. Throws `record-not-found`, `already-decided`. */
  decideBreach(decision: BreachDecision): Promise<DecidedBreach>;
  /** Periods of a link's Schedules that somebody has set, in milliseconds; the configured ones hold for the others. */
  readPeriods(link: string): Promise<Readonly<Partial<Record<'forward' | 'reverse', number>>>>;
  setPeriod(link: string, direction: 'forward' | 'reverse', everyMs: number, by: string): Promise<void>;
  pauseLink(link: string, reason: string, by: string): Promise<void>;
  /** Opens a paused or stopped link; with a reload, the next opening begins a new generation. Throws `link-stopped` where only a reload helps. */
  resumeLink(link: string, by: string, reload?: ReloadApproval): Promise<void>;
}

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
  readonly act: 'retry' | 'edit' | 'restore';
  /** Id of the quarantine or conflict row. */
  readonly subject: number;
  /** Values that the user gives: field -> text in the form of the wire. They stay in the CRM's row. */
  readonly values: Readonly<Record<string, string | null>> | null;
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

/** A user's decision about a window that would change or delete more than its budget allows. */
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
  /** Where a record set aside waits, with its key in the CRM's table. Throws `record-not-found`, `already-decided`. */
  readWaiting(link: string, id: number): Promise<SelectedRecord & { readonly direction: 'forward' | 'reverse' }>;
  /** Gives up a record set aside. Gives the record that has to be sent again, if any. Throws `record-not-found`, `already-decided`. */
  discard(order: DecisionOrder): Promise<SelectedRecord | undefined>;
  /** Decides a waiting conflict for what stands. Throws `record-not-found`, `already-decided`. */
  keepConflict(order: DecisionOrder): Promise<void>;
  /** Approves or rejects what waits. Throws `record-not-found`, `already-decided`. */
  decideBreach(decision: BreachDecision): Promise<DecidedBreach>;
  /** Periods of a link's Schedules that somebody has set, in milliseconds; the configured ones hold for the others. */
  readPeriods(link: string): Promise<Readonly<Partial<Record<'forward' | 'reverse', number>>>>;
  setPeriod(link: string, direction: 'forward' | 'reverse', everyMs: number, by: string): Promise<void>;
  pauseLink(link: string, reason: string, by: string): Promise<void>;
  /** Opens a paused or stopped link; with a reload, the next opening begins a new generation. Throws `link-stopped` where only a reload helps. */
  resumeLink(link: string, by: string, reload?: ReloadApproval): Promise<void>;
}

import type { ReadAppointment } from '../../../records/appointment-kind.ts';
import type { AccountFields } from '../../../records/account.ts';
import type { ReadContact } from '../../../records/contact-kind.ts';
import type { TotalKind } from '../../../records/find-keys.ts';
import type { ApiRecord } from '../../../records/record-store.ts';
import type { ReadTask } from '../../../records/task-kind.ts';
import type { CollectionStanding } from '../../../../adaptor/data/control/collection-standing.ts';
import type { LinkedExplanation } from '../../../api/synchronisation/explain-record.ts';
import type { RecordCount } from '../../../status/record-counts.ts';
import type { RecordState } from '../../../status/record-states.ts';
import type { RecordStory } from '../../../status/record-story.ts';
import type { TimelineEntry } from '../../../status/record-timeline.ts';
import type { RunSummary } from '../../../status/runs.ts';
import type { Role } from '../../../users/roles.ts';

/* What the API answers with, as JSON leaves it: types of the server's own code, so that the two cannot differ. */

export type Json<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? readonly Json<Item>[]
    : T extends object
      ? { readonly [Name in keyof T]: Json<T[Name]> }
      : T;

export type Contact = ApiRecord<ReadContact>;
export type Account = ApiRecord<AccountFields>;
export type Appointment = ApiRecord<ReadAppointment>;
export type Task = ApiRecord<ReadTask>;
export type State = Json<RecordState>;
export type Run = Json<RunSummary>;
export type Story = Json<RecordStory>;
export type Explained = Json<LinkedExplanation>;
export type Happening = Json<TimelineEntry>;

/** Who is signed in. */
export interface CurrentUser {
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  /** The password was given by an administrator. */
  readonly mustChangePassword: boolean;
}

/** One page of a list. */
export interface Page<Row> {
  readonly rows: readonly Row[];
  readonly total: number;
  /** Counted, about so many, or at least so many; left out: counted. */
  readonly totalIs?: TotalKind;
}

/** State of one collection on one link. */
export type Collection = Json<CollectionStanding & RecordCount> & { readonly table: string };

/** State of one link. */
export interface Link {
  readonly name: string;
  readonly state: string;
  /** Of a stop: why, by a code of the error catalogue. */
  readonly stateCode: string | null;
  readonly stateReason: string | null;
  readonly stateBy: string | null;
  /** Why the newest run to the cloud ended without having sent everything, and when; it is tried again. */
  readonly refusal: { readonly code: string; readonly at: string } | null;
}

/** GET /api/status. */
export interface Status {
  readonly now: string;
  readonly schedulerReachable: boolean;
  readonly temporalUrl: string | null;
  readonly links: readonly Link[];
  readonly collections: readonly Collection[];
}

/** A request row, and the run that serves it. */
export interface SyncRequest {
  readonly id: string;
  readonly state: 'open' | 'claimed' | 'done' | 'failed';
  /** Collections that were not served, each with the code that says why. */
  readonly leftOut: Readonly<Record<string, string>> | null;
  readonly run: Run | null;
}

/** A record that was set aside. */
export interface SetAside {
  readonly id: string;
  readonly collection: string;
  readonly direction: string;
  readonly key: readonly string[];
  readonly code: string;
  readonly field: string | null;
  readonly detail: string;
  readonly createdAt: string;
}

/** A field that both sides had changed. */
export interface Conflict {
  readonly id: string;
  readonly collection: string;
  readonly key: readonly string[];
  readonly field: string | null;
  readonly kind: string;
  readonly crmValue: unknown;
  readonly cloudValue: unknown;
  readonly outcome: string;
  readonly actor: string | null;
  readonly createdAt: string;
  readonly decidedBy: string | null;
  readonly decidedReason: string | null;
  /** What stood there before the CRM's own change; null where that is not known any more. */
  readonly base: { readonly value: string | null } | null;
}

/** GET /api/options: which collections flow and how often, and what the user's own buttons cover. */
export interface SyncOptions {
  readonly links: readonly {
    readonly link: string;
    readonly forwardEveryMs: number;
    readonly reverseEveryMs: number;
    readonly collections: readonly { readonly collection: string; readonly forward: boolean; readonly reverse: boolean; readonly selected: boolean }[];
  }[];
}

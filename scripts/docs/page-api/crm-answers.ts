import type { Expiry } from '../../../adaptor/auth/expiry.ts';
import type { Trusted } from '../../../adaptor/auth/trust-list.ts';
import type { ConflictDetail } from '../../../adaptor/data/conflicts/conflict-rows.ts';
import type { Approval } from '../../../adaptor/data/control/approvals.ts';
import type { CollectionStanding } from '../../../adaptor/data/control/collection-standing.ts';
import type { listReconciliations, readDifferences } from '../../../adaptor/data/control/reconciliations.ts';
import type { RunBooks } from '../../../adaptor/data/control/run-books.ts';
import type { Erasure } from '../../../adaptor/data/erasure/erasures.ts';
import type { ChainState } from '../../../adaptor/data/ledger/chain-state.ts';
import type { KeptHead } from '../../../adaptor/data/ledger/ledger-heads.ts';
import type { LedgerVerification } from '../../../adaptor/data/ledger/verify-ledger.ts';
import type { PlannedDifference, StoredPlan } from '../../../adaptor/data/planning/plan-rows.ts';
import type { SetAsideDetail } from '../../../adaptor/data/quarantine/quarantine-rows.ts';
import type { SealedCount } from '../../../adaptor/data/sealing/sealing-standing.ts';
import type { listUndoRefusals } from '../../../adaptor/data/undo/undo-rows.ts';
import type { StartedDecision } from '../../../crm/api/sync-control.ts';
import type { LinkedExplanation } from '../../../crm/api/synchronisation/explain-record.ts';
import type { AccountFields } from '../../../crm/records/account.ts';
import type { ReadAppointment } from '../../../crm/records/appointment-kind.ts';
import type { CalendarDays } from '../../../adaptor/data/calendar/calendar-entries.ts';
import type { ReadContact } from '../../../crm/records/contact-kind.ts';
import type { ApiRecord, RecordPage, RecordRights } from '../../../crm/records/record-store.ts';
import type { ReadTask } from '../../../crm/records/task-kind.ts';
import type { Alarm } from '../../../crm/status/alarms.ts';
import type { LagSample } from '../../../crm/status/lag-history.ts';
import type { RecordCount } from '../../../crm/status/record-counts.ts';
import type { RecordState } from '../../../crm/status/record-states.ts';
import type { RecordStory } from '../../../crm/status/record-story.ts';
import type { TimelineEntry } from '../../../crm/status/record-timeline.ts';
import type { ListedRun, RunSummary } from '../../../crm/status/runs.ts';
import type { VolumeSample } from '../../../crm/status/volume.ts';
import type { Waiting } from '../../../crm/status/waiting.ts';
import type { GivenPassword } from '../../../web/sign-in/account.ts';
import type { UserAccount } from '../../../crm/users/administration.ts';
import type { SignedInUser } from '../../../crm/users/roles.ts';
import type { LedgerHeadsFile } from '../../../exchange/ledger.ts';

type Of<F extends (...args: never) => Promise<readonly unknown[]>> = Awaited<ReturnType<F>>[number];
/** Fields that rules of access hide are left out. */
type Shown<Fields> = ApiRecord<Partial<Fields>>;
type Listed<Fields> = RecordPage<Partial<Fields>> & { readonly page: number; readonly size: number };
interface CurrentUser {
  readonly user: Omit<SignedInUser, 'id'>;
}
interface Requests {
  readonly requests: readonly string[];
}

/** What the CRM's API answers where it does what was asked, by method and path; what has no member here has no body. */
export interface CrmAnswers {
  'get /api/session/ways': { readonly passwords: boolean; readonly openId: { readonly name: string } | null };
  'post /api/session': CurrentUser;
  'get /api/session': CurrentUser;
  'get /api/status': {
    readonly now: Date;
    readonly schedulerReachable: boolean;
    readonly temporalUrl: string | null;
    readonly links: readonly {
      readonly name: string;
      readonly state: string;
      readonly stateCode: string | null;
      readonly stateReason: string | null;
      readonly stateBy: string | null;
      readonly stateAt: Date | null;
      readonly refusal: { readonly code: string; readonly at: Date } | null;
    }[];
    readonly collections: readonly (CollectionStanding & RecordCount & { readonly table: string })[];
  };
  'get /api/health': {
    readonly alarms: readonly Alarm[];
    readonly waiting: Waiting & { readonly unconfirmed: number; readonly differences: number; readonly expiring: number };
  };
  'get /api/trends': { readonly volume: readonly VolumeSample[]; readonly lag: readonly LagSample[] };
  'get /api/record-states': { readonly states: readonly RecordState[] };
  'get /api/record-story': { readonly links: readonly LinkedExplanation[] };
  'get /api/record-standing': { readonly links: readonly RecordStory[] };
  'get /api/record-timeline': { readonly entries: readonly TimelineEntry[] };
  'get /api/ledger': ChainState & { readonly heads: readonly Omit<KeptHead, 'jws'>[] };
  'get /api/ledger/heads': LedgerHeadsFile;
  'get /api/ledger/verification': Omit<LedgerVerification, 'faults'> & {
    readonly faults: readonly (LedgerVerification['faults'][number] & { readonly means: string })[];
  };
  'post /api/synchronise': Requests & { readonly records: number | null };
  'post /api/pull': Requests;
  'get /api/requests/{id}': {
    readonly id: string;
    readonly link: string;
    readonly direction: string;
    readonly cause: string;
    readonly state: string;
    readonly errorCode: string | null;
    /** Codes by collection. */
    readonly leftOut: Readonly<Record<string, string>> | null;
    readonly requestedBy: string | null;
    readonly createdAt: Date;
    readonly finishedAt: Date | null;
    readonly run: RunSummary | null;
  };
  'get /api/runs': { readonly rows: readonly ListedRun[] };
  'get /api/run-books': RunBooks;
  'get /api/set-aside': {
    readonly rows: readonly {
      readonly id: string;
      readonly link: string;
      readonly collection: string;
      readonly direction: string;
      readonly key: readonly string[];
      readonly op: string;
      readonly code: string;
      readonly field: string | null;
      readonly detail: string;
      readonly createdAt: Date;
    }[];
    readonly total: number;
  };
  'get /api/set-aside/{id}': SetAsideDetail;
  'post /api/set-aside/{id}/retry': StartedDecision;
  'post /api/set-aside/{id}/edit': { readonly releaseId: string };
  'post /api/set-aside/{id}/discard': { readonly requestId: string | null };
  'get /api/conflicts': {
    readonly rows: readonly {
      readonly id: string;
      readonly link: string;
      readonly collection: string;
      readonly key: readonly string[];
      readonly field: string | null;
      readonly kind: string;
      readonly crmValue: unknown;
      readonly cloudValue: unknown;
      readonly outcome: string;
      readonly actor: string | null;
      readonly createdAt: Date;
      readonly decidedBy: string | null;
      readonly decidedAt: Date | null;
      readonly decidedReason: string | null;
      readonly base: { readonly value: string | null } | null;
    }[];
    readonly total: number;
  };
  'get /api/conflicts/{id}': ConflictDetail;
  'post /api/conflicts/{id}/restore': { readonly releaseId: string };
  'post /api/conflicts/decide': {
    readonly decided: number;
    readonly refused: readonly { readonly id: string; readonly code: string }[];
    readonly left: number;
  };
  'get /api/approvals': { readonly rows: readonly Approval[] };
  'get /api/erasures': { readonly rows: readonly Erasure[] };
  'post /api/erasures': { readonly erasures: readonly { readonly link: string; readonly erasure: number }[] };
  'get /api/keys': { readonly trusted: readonly Trusted[]; readonly expiries: readonly Expiry[] };
  'get /api/sealed-values': { readonly rows: readonly SealedCount[] };
  'get /api/reconciliations': { readonly rows: readonly Of<typeof listReconciliations>[] };
  'get /api/reconciliations/{id}/differences': {
    readonly reconciliation: Of<typeof listReconciliations>;
    readonly rows: readonly Of<typeof readDifferences>[];
    readonly next: number | null;
  };
  'post /api/reconciliations': Requests;
  'get /api/plans': { readonly rows: readonly StoredPlan[] };
  'get /api/plans/{id}': StoredPlan & { readonly differences: readonly PlannedDifference[] };
  'post /api/plans': { readonly planId: string };
  'get /api/approvals/{id}/differences': { readonly differences: readonly PlannedDifference[] };
  'post /api/undo/preview': { readonly planId: string };
  'post /api/undo': { readonly undo: number; readonly releaseId: string };
  'get /api/undo/{id}': {
    readonly id: number;
    readonly link: string;
    readonly run: string;
    readonly exceptEdited: boolean;
    readonly requestedBy: string;
    readonly reason: string;
    readonly records: number | null;
    readonly refused: readonly Of<typeof listUndoRefusals>[];
    readonly state: string;
    readonly errorCode: string | null;
    readonly newRun: ListedRun | null;
  };
  'get /api/options': {
    readonly links: readonly {
      readonly link: string;
      readonly forwardEveryMs: number;
      readonly reverseEveryMs: number;
      readonly collections: readonly { readonly collection: string; readonly forward: boolean; readonly reverse: boolean; readonly selected: boolean }[];
    }[];
  };
  'get /api/calendar': CalendarDays;
  'get /api/users': { readonly rows: readonly UserAccount[] };
  'post /api/users': UserAccount & GivenPassword;
  'patch /api/users/{id}': UserAccount;
  'post /api/users/{id}/disable': UserAccount;
  'post /api/users/{id}/enable': UserAccount;
  'post /api/users/{id}/sign-out': UserAccount;
  'post /api/users/{id}/reset-password': UserAccount & GivenPassword;
  'get /api/record-rights/contacts': RecordRights;
  'get /api/record-rights/accounts': RecordRights;
  'get /api/record-rights/appointments': RecordRights;
  'get /api/record-rights/tasks': RecordRights;
  'get /api/records-by-id/contacts': { readonly rows: readonly Shown<ReadContact>[] };
  'get /api/records-by-id/accounts': { readonly rows: readonly Shown<AccountFields>[] };
  'get /api/records-by-id/appointments': { readonly rows: readonly Shown<ReadAppointment>[] };
  'get /api/records-by-id/tasks': { readonly rows: readonly Shown<ReadTask>[] };
  'get /api/contacts': Listed<ReadContact>;
  'get /api/contacts/{id}': Shown<ReadContact>;
  'post /api/contacts': Shown<ReadContact>;
  'patch /api/contacts/{id}': Shown<ReadContact>;
  'get /api/accounts': Listed<AccountFields>;
  'get /api/accounts/{id}': Shown<AccountFields>;
  'post /api/accounts': Shown<AccountFields>;
  'patch /api/accounts/{id}': Shown<AccountFields>;
  'get /api/appointments': Listed<ReadAppointment>;
  'get /api/appointments/{id}': Shown<ReadAppointment>;
  'post /api/appointments': Shown<ReadAppointment>;
  'patch /api/appointments/{id}': Shown<ReadAppointment>;
  'get /api/tasks': Listed<ReadTask>;
  'get /api/tasks/{id}': Shown<ReadTask>;
  'post /api/tasks': Shown<ReadTask>;
  'patch /api/tasks/{id}': Shown<ReadTask>;
}

import type { FastifyInstance } from 'fastify';
import type { ApiContext, Endpoint } from './context.ts';
import { guardApi } from './guard.ts';
import { answerProblems } from '../../web/http/problems.ts';
import { translatePrismaError } from '../database-error.ts';
import { createRecord } from './records/create-record.ts';
import { deleteRecord } from './records/delete-record.ts';
import { listRecords } from './records/list-records.ts';
import { readCalendarEndpoint } from './records/read-calendar.ts';
import { readRecord } from './records/read-record.ts';
import { readRecordRights } from './records/record-rights.ts';
import { readRecordsById } from './records/read-records-by-id.ts';
import { updateRecord } from './records/update-record.ts';
import { changePassword } from './session/change-password.ts';
import { openIdSignIn } from './session/openid-sign-in.ts';
import { signIn } from './session/sign-in.ts';
import { signInWays } from './session/sign-in-ways.ts';
import { signOut } from './session/sign-out.ts';
import { whoIsSignedIn } from './session/who-is-signed-in.ts';
import { approvals } from './synchronisation/approvals.ts';
import { sealedValues } from './synchronisation/sealed-values.ts';
import { plans, undo } from './synchronisation/plans.ts';
import { decideConflict } from './synchronisation/decide-conflict.ts';
import { decideConflicts } from './synchronisation/decide-conflicts.ts';
import { decideSetAside } from './synchronisation/decide-set-aside.ts';
import { erasures } from './synchronisation/erasures.ts';
import { explainRecordEndpoint } from './synchronisation/explain-record.ts';
import { health } from './synchronisation/health.ts';
import { keys } from './synchronisation/keys.ts';
import { ledgerEndpoints } from './synchronisation/ledger.ts';
import { listConflicts } from './synchronisation/list-conflicts.ts';
import { listRuns } from './synchronisation/list-runs.ts';
import { listSetAside } from './synchronisation/list-set-aside.ts';
import { options } from './synchronisation/options.ts';
import { pauseAndResume } from './synchronisation/pause-and-resume.ts';
import { pull } from './synchronisation/pull.ts';
import { readRecordStatesEndpoint } from './synchronisation/read-record-states.ts';
import { readRequest } from './synchronisation/read-request.ts';
import { readRunBooksEndpoint } from './synchronisation/read-run-books.ts';
import { readStatus } from './synchronisation/read-status.ts';
import { reconciliations } from './synchronisation/reconciliations.ts';
import { recordHistory } from './synchronisation/record-history.ts';
import { streamEvents } from './synchronisation/stream-events.ts';
import { synchronise } from './synchronisation/synchronise.ts';
import { users } from './users/users.ts';

const ENDPOINTS: readonly Endpoint[] = [
  signInWays,
  signIn,
  openIdSignIn,
  changePassword,
  whoIsSignedIn,
  signOut,
  readStatus,
  health,
  readRecordStatesEndpoint,
  explainRecordEndpoint,
  ledgerEndpoints,
  synchronise,
  pull,
  readRequest,
  listRuns,
  readRunBooksEndpoint,
  listSetAside,
  decideSetAside,
  listConflicts,
  decideConflict,
  decideConflicts,
  approvals,
  erasures,
  keys,
  sealedValues,
  reconciliations,
  plans,
  undo,
  pauseAndResume,
  options,
  recordHistory,
  readCalendarEndpoint,
  streamEvents,
  users,
];

const RECORD_ENDPOINTS = [listRecords, readRecord, createRecord, updateRecord, deleteRecord, readRecordRights, readRecordsById] as const;

/** Adds the whole API, guarded; meant to be registered below `/api`. */
export function addApi(app: FastifyInstance, context: ApiContext): void {
  guardApi(app, context);
  answerProblems(app, translatePrismaError);
  for (const add of ENDPOINTS) add(app, context);
  for (const [path, store] of Object.entries(context.stores)) for (const add of RECORD_ENDPOINTS) add(app, path, store);
}

import { z } from 'zod';
import { idParamSchema, numberParamSchema } from '../../../crm/api/parse.ts';
import { decisionSchema as approvalDecisionSchema, querySchema as approvalsQuerySchema } from '../../../crm/api/synchronisation/approvals.ts';
import { keepSchema as keepConflictSchema, restoreSchema as restoreConflictSchema } from '../../../crm/api/synchronisation/decide-conflict.ts';
import { bodySchema as decideConflictsSchema } from '../../../crm/api/synchronisation/decide-conflicts.ts';
import { decisionSchema as setAsideDecisionSchema, editSchema as setAsideEditSchema } from '../../../crm/api/synchronisation/decide-set-aside.ts';
import { orderSchema as erasureOrderSchema } from '../../../crm/api/synchronisation/erasures.ts';
import { reasonSchema as revocationSchema, idSchema as trustedIdSchema } from '../../../crm/api/synchronisation/keys.ts';
import { querySchema as conflictsQuerySchema } from '../../../crm/api/synchronisation/list-conflicts.ts';
import { querySchema as setAsideQuerySchema } from '../../../crm/api/synchronisation/list-set-aside.ts';
import { planSchema as planOrderSchema, previewSchema as undoPreviewSchema, undoSchema as undoOrderSchema } from '../../../crm/api/synchronisation/plans.ts';
import {
  pageSchema as differencesQuerySchema,
  startSchema as reconciliationOrderSchema,
  listSchema as reconciliationsQuerySchema,
} from '../../../crm/api/synchronisation/reconciliations.ts';
import type { ErrorCode } from '../../../exchange/errors.ts';
import type { PageOperations } from './operation.ts';

const read = { permission: 'read' } as const;
const govern = { permission: 'govern' } as const;
const numbered = { params: numberParamSchema } as const;
/** What the job scheduler may say to a decision about one row. */
const DECIDED: readonly ErrorCode[] = ['record-not-found', 'already-decided', 'link-stopped', 'temporal-unavailable'];

/** Operations by which a user decides about what waits, and governs what is believed. */
export const CRM_DECISION_OPERATIONS: PageOperations = {
  'get /api/set-aside': {
    id: 'listSetAside',
    summary: 'Records that a store could not take, newest first, without their content.',
    ...read,
    query: setAsideQuerySchema,
  },
  'get /api/set-aside/{id}': { id: 'readSetAside', summary: 'One record set aside, with its values.', ...govern, ...numbered, codes: ['record-not-found'] },
  'post /api/set-aside/{id}/retry': {
    id: 'retrySetAside',
    summary: 'Tries a record again.',
    ...govern,
    ...numbered,
    body: setAsideDecisionSchema,
    status: 202,
    codes: DECIDED,
  },
  'post /api/set-aside/{id}/edit': {
    id: 'editSetAside',
    summary: 'Tries a record again with other values.',
    ...govern,
    ...numbered,
    body: setAsideEditSchema,
    status: 202,
    codes: [...DECIDED, 'field-denied'],
  },
  'post /api/set-aside/{id}/discard': {
    id: 'discardSetAside',
    summary: 'Gives a record up.',
    ...govern,
    ...numbered,
    body: setAsideDecisionSchema,
    status: 202,
    codes: DECIDED,
  },
  'get /api/conflicts': { id: 'listConflicts', summary: 'Fields that both sides had changed, newest first.', ...read, query: conflictsQuerySchema },
  'post /api/conflicts/decide': {
    id: 'decideConflicts',
    summary: 'Decides all that wait by one rule.',
    ...govern,
    body: decideConflictsSchema,
    status: 202,
    codes: ['collection-unknown', 'link-mismatch', 'link-stopped', 'temporal-unavailable'],
  },
  'get /api/conflicts/{id}': { id: 'readConflict', summary: 'One conflict with both values.', ...govern, ...numbered, codes: ['record-not-found'] },
  'post /api/conflicts/{id}/keep': {
    id: 'keepConflict',
    summary: 'Decides for what stands.',
    ...govern,
    ...numbered,
    body: keepConflictSchema,
    codes: DECIDED,
  },
  'post /api/conflicts/{id}/restore': {
    id: 'restoreConflict',
    summary: 'Brings the losing value, or another one, back.',
    ...govern,
    ...numbered,
    body: restoreConflictSchema,
    status: 202,
    codes: [...DECIDED, 'values-gone', 'field-denied'],
  },
  'get /api/approvals': {
    id: 'listApprovals',
    summary: 'What waits for a user, or was refused and holds its collection; counts only, newest first.',
    ...read,
    query: approvalsQuerySchema,
  },
  'post /api/approvals/{id}/approve': { id: 'approve', summary: 'Lets it go on.', ...govern, ...numbered, body: approvalDecisionSchema, codes: DECIDED },
  'post /api/approvals/{id}/reject': { id: 'reject', summary: 'Keeps it from going on.', ...govern, ...numbered, body: approvalDecisionSchema, codes: DECIDED },
  'get /api/erasures': { id: 'listErasures', summary: 'What became of erasures, without values.', ...govern },
  'post /api/erasures': {
    id: 'erase',
    summary: 'Has the values of a record destroyed everywhere.',
    ...govern,
    body: erasureOrderSchema,
    status: 202,
    codes: ['collection-unknown', 'link-mismatch', 'key-invalid', 'link-stopped', 'temporal-unavailable'],
  },
  'get /api/keys': { id: 'listKeys', summary: 'Whom the CRM believes, and what expires when.', permission: 'audit' },
  'post /api/keys/{id}/revoke': {
    id: 'revokeKey',
    summary: 'Revokes a key or certificate for good, from the next request on.',
    ...govern,
    params: trustedIdSchema,
    body: revocationSchema,
    codes: ['record-not-found'],
  },
  'get /api/reconciliations': {
    id: 'listReconciliations',
    summary: 'Comparisons of the stores, newest first; counts only.',
    ...read,
    query: reconciliationsQuerySchema,
  },
  'get /api/reconciliations/{id}/differences': {
    id: 'listDifferences',
    summary: 'Differences of a comparison: keys and names of fields.',
    ...read,
    params: z.object({ id: z.uuid() }),
    query: differencesQuerySchema,
    codes: ['record-not-found'],
  },
  'post /api/reconciliations': {
    id: 'reconcile',
    summary: 'Compares the stores; repairing needs the permission `govern`.',
    permission: 'synchronise',
    body: reconciliationOrderSchema,
    status: 202,
    codes: ['collection-unknown', 'link-mismatch', 'link-stopped', 'temporal-unavailable'],
  },
  'get /api/plans': { id: 'listPlans', summary: 'Plans of the last hour, in counts.', ...read },
  'get /api/plans/{id}': { id: 'readPlan', summary: 'One plan with its differences.', ...govern, params: idParamSchema, codes: ['record-not-found'] },
  'post /api/plans': {
    id: 'plan',
    summary: 'Has it worked out what a run would do.',
    ...govern,
    body: planOrderSchema,
    status: 202,
    codes: ['collection-unknown', 'link-stopped', 'temporal-unavailable'],
  },
  'get /api/approvals/{id}/differences': {
    id: 'listApprovalDifferences',
    summary: 'What a window that came in and was set down would change, field by field.',
    ...govern,
    ...numbered,
    codes: ['record-not-found'],
  },
  'post /api/undo/preview': {
    id: 'previewUndo',
    summary: 'Has worked out, as a plan, what the undo of a run would put back and what it would leave alone.',
    ...govern,
    body: undoPreviewSchema,
    status: 202,
    codes: ['record-not-found', 'undo-forward', 'link-stopped', 'temporal-unavailable'],
  },
  'post /api/undo': {
    id: 'undo',
    summary: 'Has a run undone.',
    ...govern,
    body: undoOrderSchema,
    status: 202,
    codes: ['record-not-found', 'undo-forward', 'undo-too-large', 'collection-unknown', 'link-stopped', 'temporal-unavailable'],
  },
  'get /api/undo/{id}': {
    id: 'readUndo',
    summary: 'What became of an undo, its run, and the records that it left alone.',
    ...govern,
    ...numbered,
    codes: ['record-not-found'],
  },
};

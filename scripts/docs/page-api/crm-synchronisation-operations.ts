import { idParamSchema } from '../../../crm/api/parse.ts';
import { querySchema as explainQuerySchema } from '../../../crm/api/synchronisation/explain-record.ts';
import { querySchema as runsQuerySchema } from '../../../crm/api/synchronisation/list-runs.ts';
import {
  companySchema as companyOptionSchema,
  mineSchema as ownOptionSchema,
  periodSchema as periodOptionSchema,
} from '../../../crm/api/synchronisation/options.ts';
import { pauseSchema, resumeSchema } from '../../../crm/api/synchronisation/pause-and-resume.ts';
import { bodySchema as pullSchema } from '../../../crm/api/synchronisation/pull.ts';
import { querySchema as recordStatesQuerySchema } from '../../../crm/api/synchronisation/read-record-states.ts';
import { querySchema as runBooksQuerySchema } from '../../../crm/api/synchronisation/read-run-books.ts';
import { querySchema as recordHistoryQuerySchema } from '../../../crm/api/synchronisation/record-history.ts';
import { bodySchema as synchroniseSchema } from '../../../crm/api/synchronisation/synchronise.ts';
import type { PageOperations } from './operation.ts';

const read = { permission: 'read' } as const;

/** Operations that ask for synchronisation, and that tell how it stands. */
export const CRM_SYNCHRONISATION_OPERATIONS: PageOperations = {
  'get /api/status': { id: 'readStatus', summary: 'Every link and collection, how far it is, and whether the job scheduler answers.', ...read },
  'get /api/health': { id: 'readHealth', summary: 'Alarms, judged now from how fresh the data is, and what waits for a human.', ...read },
  'get /api/trends': { id: 'readTrends', summary: 'Records of the last day by quarters of an hour, and the lag that was seen.', ...read },
  'get /api/events': {
    id: 'streamEvents',
    summary: 'Server-sent events: `changed` says which topics (`records`, `status`) to read again. Ends with the session.',
    ...read,
    mediaType: 'text/event-stream',
    codes: ['too-many-attempts'],
  },
  'get /api/record-states': {
    id: 'readRecordStates',
    summary: 'Where records stand on their way to the cloud.',
    ...read,
    query: recordStatesQuerySchema,
    codes: ['collection-unknown'],
  },
  'get /api/record-story': {
    id: 'explainRecord',
    summary: "A record's whole story, where each value comes from, and why it is not synchronised.",
    ...read,
    query: explainQuerySchema,
    codes: ['collection-unknown', 'link-mismatch', 'record-not-found', 'key-invalid'],
  },
  'get /api/record-standing': {
    id: 'readRecordStanding',
    summary: 'Where a record stands on every link that has its collection, and how it came there.',
    ...read,
    query: recordHistoryQuerySchema,
    codes: ['record-not-found', 'collection-unknown'],
  },
  'get /api/record-timeline': {
    id: 'readRecordTimeline',
    summary: 'What is known to have happened to a record, newest first.',
    ...read,
    query: recordHistoryQuerySchema,
    codes: ['record-not-found', 'collection-unknown'],
  },
  'get /api/ledger': { id: 'readLedger', summary: 'Where the chain of the ledger stands, and its newest signed heads.', ...read },
  'get /api/ledger/heads': { id: 'readLedgerHeads', summary: 'All signed heads with their keys, as `tidegate ledger verify --heads` takes them.', ...read },
  'get /api/ledger/verification': { id: 'verifyLedger', summary: 'Proves the whole ledger now.', permission: 'audit' },
  'post /api/synchronise': {
    id: 'synchronise',
    summary: 'Asks for forward synchronisation of records by key, of all that a list selects, or of everything.',
    permission: 'synchronise',
    body: synchroniseSchema,
    status: 202,
    codes: ['collection-unknown', 'link-mismatch', 'collection-switched-off', 'too-large', 'key-invalid', 'link-stopped', 'temporal-unavailable'],
  },
  'post /api/pull': {
    id: 'pull',
    summary: 'Orders changes of the cloud in.',
    permission: 'synchronise',
    body: pullSchema,
    bodyOptional: true,
    status: 202,
    codes: ['collection-unknown', 'link-mismatch', 'collection-switched-off', 'link-stopped', 'temporal-unavailable'],
  },
  'get /api/requests/{id}': {
    id: 'readRequest',
    summary: 'What has become of a request, and the run that serves it.',
    ...read,
    params: idParamSchema,
    codes: ['record-not-found'],
  },
  'get /api/runs': { id: 'listRuns', summary: 'The latest runs with their books, newest first.', ...read, query: runsQuerySchema },
  'get /api/run-books': {
    id: 'readRunBooks',
    summary: "The books of a run, each side's as it signed them.",
    ...read,
    query: runBooksQuerySchema,
    codes: ['record-not-found'],
  },
  'get /api/sealed-values': { id: 'countSealedValues', summary: 'Sealed values at the cloud, by collection and key; counts only.', ...read },
  'post /api/pause': {
    id: 'pause',
    summary: 'Stops the flow of a link, or of all.',
    permission: 'govern',
    body: pauseSchema,
    codes: ['link-mismatch', 'link-stopped', 'temporal-unavailable'],
  },
  'post /api/resume': {
    id: 'resume',
    summary: 'Lets the flow go on.',
    permission: 'govern',
    body: resumeSchema,
    bodyOptional: true,
    codes: ['link-mismatch', 'link-stopped', 'temporal-unavailable'],
  },
  'get /api/options': { id: 'readOptions', summary: "Which collections flow and how often, and what the user's own buttons cover.", ...read },
  'put /api/options/company': {
    id: 'setCompanyOption',
    summary: 'Switches the flow of a collection.',
    permission: 'govern',
    body: companyOptionSchema,
    codes: ['collection-unknown', 'link-mismatch', 'link-stopped', 'temporal-unavailable'],
  },
  'put /api/options/mine': {
    id: 'setOwnOption',
    summary: "Says whether the user's own buttons cover a collection.",
    permission: 'synchronise',
    body: ownOptionSchema,
    codes: ['collection-unknown', 'link-mismatch'],
  },
  'put /api/options/period': {
    id: 'setPeriod',
    summary: 'Says how often a direction runs.',
    permission: 'govern',
    body: periodOptionSchema,
    codes: ['link-mismatch', 'link-stopped', 'temporal-unavailable'],
  },
};

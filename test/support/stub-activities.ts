import { ApplicationFailure } from '@temporalio/common';
import { ERROR_CATALOGUE } from '../../exchange/error-catalogue.ts';
import type { ErrorCode, ErrorFacts } from '../../exchange/errors.ts';
import type { Activities } from '../../workflows/activities.ts';

/** One call of an activity. */
export interface StubCall {
  readonly name: keyof Activities;
  readonly input: unknown;
}

/** Activities that only remember their calls, for tests of the workflows' own logic. */
export interface StubActivities {
  readonly activities: Activities;
  readonly calls: StubCall[];
  /** Names of the activities called so far, in order. */
  names(): string[];
  /** Inputs with which one activity was called. */
  inputs<K extends keyof Activities>(name: K): Parameters<Activities[K]>[0][];
}

/** What activities throw once their errors are in the words of the catalogue. */
export function failureWith(code: ErrorCode, facts: ErrorFacts = {}): ApplicationFailure {
  const { title, retryable } = ERROR_CATALOGUE[code];
  return ApplicationFailure.create({ message: title, type: code, nonRetryable: !retryable, details: [{ code, facts }] });
}

const BOOKS = { offered: 3, applied: 3, unchanged: 0, conflicted: 0, quarantined: 0, filtered: 0 };
const WAITING: Awaited<ReturnType<Activities['readApproval']>> = {
  collection: 'contacts',
  direction: 'reverse',
  kind: 'breach',
  code: 'delete-budget-exceeded',
  changes: 3,
  deletes: 3,
  state: 'waiting',
  decidedBy: null,
  decidedReason: null,
  held: true,
  leftMs: 3_600_000,
};
const TOTALS = { windows: 1, collections: ['contacts'], books: BOOKS };

/** A link on which everything succeeds, with overrides. */
export function stubActivities(overrides: Partial<Activities> = {}): StubActivities {
  const calls: StubCall[] = [];
  let epoch = 0;
  const all: Activities = {
    openRun: async () => {},
    closeRun: async () => TOTALS,
    recordRefusal: async () => {},
    verifyReceipts: async () => ({ receipts: 1, books: BOOKS }),
    claimLink: async () => ({ state: 'open', reason: null, by: null, epoch: ++epoch }),
    checkCertificate: async () => ({ thumbprint: 't', subject: 's', expiresAt: '2030-01-01T00:00:00.000Z' }),
    obtainToken: async () => ({ tokenId: 'token', expiresAt: '2030-01-01T00:00:00.000Z' }),
    signOpening: async () => ({ opening: 'opening' }),
    openLink: async () => ({ answer: 'answer' }),
    verifyOpening: async () => ({ generation: 1, reloaded: false }),
    registerCollections: async () => ({ collections: [{ collection: 'contacts', state: 'open', reason: null }] }),
    settleWindows: async () => ({ receipted: 0, voided: 0 }),
    initialLoad: async ({ collection }) => ({ collection, chunks: 1, books: BOOKS }),
    pumpWindows: async () => ({ end: 'time', reason: null, by: null, windows: 1, rows: 3 }),
    receiveWindow: async ({ afterOrdinal }) => ({ ordinal: afterOrdinal + 1, offered: 3, last: true, breach: null }),
    retryWaiting: async () => ({ resolved: 0 }),
    orderDependents: async () => ({ waiting: 0 }),
    returnReceipt: async () => {},
    verifyMessage: async () => ({ link: 'a/b/c', cause: 'user', requestedBy: 'anna', orders: [{ collection: 'contacts', afterOrdinal: 0, maxWindows: 10 }] }),
    signReverseMessage: async () => ({ collections: ['contacts'], leftOut: {} }),
    spendMessage: async () => {},
    signRelease: async () => ({ act: 'retry', collection: 'contacts', requestedBy: 'anna', jws: 'signed' }),
    verifyRelease: async () => {},
    applyRelease: async () => ({ outcome: 'applied', ordinal: null }),
    computePlan: async () => ({ collections: [] }),
    closePlan: async () => {},
    readApproval: async () => WAITING,
    confirmDecision: async () => WAITING,
    endWaiting: async () => ({ ...WAITING, state: 'expired' }),
    discardHeldWindow: async () => ({ state: 'rejected' }),
    askApprovedRelease: async () => {},
    giveUpApproval: async () => {},
    orderApproved: async () => {},
    closeRelease: async () => {},
    requestForwardPeriod: async () => ({ requestId: 'request' }),
    ensureForwardChain: async () => ({ workflowId: 'chain', started: false }),
    claimReverseRequests: async () => ({ state: 'claimed', requests: ['r1'], cause: 'user', collections: [], waiting: 0 }),
    awaitLoads: async () => {},
    settleRequests: async () => {},
    putBackRequests: async () => {},
    failRequests: async () => {},
    deliverReverseMessage: async () => {},
    awaitReverseSync: async () => ({ code: null }),
    beginErasure: async () => ({ collection: 'contacts', releaseId: 'release' }),
    awaitForwarded: async () => {},
    orderErasure: async () => ({ records: 1 }),
    awaitReceived: async () => {},
    destroyValues: async () => ({ present: false }),
    closeErasure: async () => {},
    pruneCrm: async () => ({ changes: 3, tombstones: 0, windows: 0, ledgerValues: 0, folded: 0, outdated: ['acme/test/hub'] }),
    setLinkPaused: async () => {},
    setLinkResumed: async () => {},
    openReconciliation: async () => ({ trigger: 'user', reconciliations: [{ id: 'c1', collection: 'contacts' }] }),
    compareCollection: async () => ({ differences: 2, waiting: 1, truncated: false, repair: false }),
    repairDifferences: async () => ({ repaired: 2 }),
    finishReconciliation: async () => {},
    ...overrides,
  };
  const remembering = Object.entries(all).map(([name, activity]) => [
    name,
    (input: never) => {
      calls.push({ name: name as keyof Activities, input });
      return (activity as (input: never) => unknown)(input);
    },
  ]);
  return {
    activities: Object.fromEntries(remembering) as Activities,
    calls,
    names: () => calls.map(({ name }) => name),
    inputs: (name) => calls.filter((call) => call.name === name).map(({ input }) => input as never),
  };
}

import { type CloseRunInput, closeRun } from './ledger/close-run.ts';
import { type OpenRunInput, openRun } from './ledger/open-run.ts';
import { type RefusalInput, recordRefusal } from './ledger/record-refusal.ts';
import { type VerifyReceiptsInput, verifyReceipts } from './ledger/verify-receipts.ts';
import type { ActivityContext } from './link-setup.ts';

/** Activities that keep the CRM's own log of runs, and prove it. */
export function createLedgerActivities(context: ActivityContext) {
  return {
    openRun: (input: OpenRunInput) => openRun(context, input),
    closeRun: (input: CloseRunInput) => closeRun(context, input),
    recordRefusal: (input: RefusalInput) => recordRefusal(context, input),
    verifyReceipts: (input: VerifyReceiptsInput) => verifyReceipts(context, input),
  };
}

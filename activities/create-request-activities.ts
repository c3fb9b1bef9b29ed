import type { Client } from '@temporalio/client';
import { postgresLinkStore } from '../adaptor/data/control/link-store.ts';
import { type LeftOut, settleRequests } from '../adaptor/data/control/left-out.ts';
import { failRequests, putBackRequests, writePeriodRequest } from '../adaptor/data/control/sync-requests.ts';
import type { ErrorCode } from '../exchange/errors.ts';
import type { ActivityContext } from './link-setup.ts';
import { awaitLoads } from './requests/await-loads.ts';
import type { TriggerReverse } from './release/order-dependents.ts';
import { awaitReverseSync } from './requests/await-reverse-sync.ts';
import { type ClaimReverseRequestsInput, claimReverseRequests } from './requests/claim-reverse-requests.ts';
import { type DeliverInput, deliverReverseMessage } from './requests/deliver-reverse-message.ts';

/** What these activities need beside the rest. */
export interface RequestContext extends ActivityContext {
  readonly temporal: Client;
  readonly taskQueue: string;
  readonly triggerReverse: TriggerReverse;
  /** Finds or starts the forward chain of a link (scheduler/forward-chain.ts). */
  readonly ensureForwardChain: (link: string) => Promise<{ readonly workflowId: string; readonly started: boolean }>;
}

/** What became of claimed rows. */
export interface SettledRequests {
  readonly requests: readonly string[];
  readonly leftOut: LeftOut;
  readonly served: boolean;
}

/** Activities around request rows and the state of a link, with which workflows start and pace one another. */
export function createRequestActivities(context: RequestContext) {
  const store = postgresLinkStore(context.consumer);
  return {
    /** Writes the row of the period, unless one waits. */
    requestForwardPeriod: async ({ link }: { readonly link: string }) => ({
      requestId: (await writePeriodRequest(context.consumer, link, 'forward', 0)) ?? null,
    }),
    /** Wakes the link's chain, or starts the next. Throws `link-stopped`. */
    ensureForwardChain: ({ link }: { readonly link: string }) => context.ensureForwardChain(link),
    claimReverseRequests: (input: ClaimReverseRequestsInput) => claimReverseRequests(context, input),
    awaitLoads: (input: { readonly link: string }) => awaitLoads(context, input),
    /** Ends claimed rows that were served, but for what was left out; where nothing was served, with the reason. */
    settleRequests: ({ requests, leftOut, served }: SettledRequests) => settleRequests(context.consumer, requests, leftOut, served),
    /** Puts claimed rows back, for the next run. */
    putBackRequests: ({ requests }: { readonly requests: readonly string[] }) => putBackRequests(context.consumer, requests),
    /** Ends claimed rows as failed, with the code. */
    failRequests: ({ requests, code }: { readonly requests: readonly string[]; readonly code: ErrorCode }) => failRequests(context.consumer, requests, code),
    deliverReverseMessage: (input: DeliverInput) => deliverReverseMessage(context, input),
    awaitReverseSync: (input: { readonly messageId: string }) => awaitReverseSync(context, input),
    /** Pauses the link's row, where it is open. */
    setLinkPaused: ({ link, reason, by }: { readonly link: string; readonly reason: string; readonly by: string }) => store.pauseLink(link, reason, by),
    /** Opens the link's row, where it is paused; a stopped link stays stopped. */
    setLinkResumed: async ({ link, by }: { readonly link: string; readonly by: string }) => {
      const standing = await store.readLink(link);
      if (standing?.state === 'paused') await store.resumeLink(link, by);
    },
  };
}

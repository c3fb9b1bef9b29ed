import { type SignOpeningInput, signOpening } from './auth/sign-opening.ts';
import { type SignReverseMessageInput, signReverseMessage } from './auth/sign-reverse-message.ts';
import { type SpendMessageInput, spendMessage } from './auth/spend-message.ts';
import { type VerifyMessageInput, verifyMessage } from './auth/verify-message.ts';
import { type VerifyOpeningInput, verifyOpening } from './auth/verify-opening.ts';
import type { ActivityContext } from './link-setup.ts';

/** Activities that sign, and that decide what is believed. */
export function createAuthActivities(context: ActivityContext) {
  return {
    signOpening: (input: SignOpeningInput) => signOpening(context, input),
    verifyOpening: (input: VerifyOpeningInput) => verifyOpening(context, input),
    signReverseMessage: (input: SignReverseMessageInput) => signReverseMessage(context, input),
    verifyMessage: (input: VerifyMessageInput) => verifyMessage(context, input),
    spendMessage: (input: SpendMessageInput) => spendMessage(context, input),
  };
}

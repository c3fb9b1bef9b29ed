import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { readMessage } from '../../adaptor/data/control/reverse-messages.ts';
import { TidegateError } from '../../exchange/errors.ts';
import type { ActivityContext } from '../link-setup.ts';

/** Which stored message is delivered. */
export interface DeliverInput {
  readonly link: string;
  readonly messageId: string;
}

/**
 * Delivers a signed message: signal-with-start of the reverse run whose workflow id is the message's id. The only place
 * that starts one. A message that was delivered before is not delivered again (a workflow id is never used twice).
 */
export async function deliverReverseMessage(
  { consumer, temporal, taskQueue }: Pick<ActivityContext, 'consumer'> & { readonly temporal: Client; readonly taskQueue: string },
  { link, messageId }: DeliverInput,
): Promise<void> {
  const message = await readMessage(consumer, messageId);
  if (message === undefined || message.link !== link) throw new TidegateError('message-missing', undefined, { messageId });
  try {
    await temporal.workflow.signalWithStart('reverseSync', {
      workflowId: messageId,
      taskQueue,
      signal: 'reverseMessage',
      signalArgs: [{ messageId, jws: message.jws }],
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      staticSummary: `Reverse: ${link}`,
      staticDetails: `Brings changes of the cloud into the CRM under message \`${messageId}\` of **${link}**, and only what it orders.`,
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}

import { finishMessage } from '../../adaptor/data/control/reverse-messages.ts';
import { inTransaction } from '../../adaptor/data/pool.ts';
import type { ActivityContext } from '../link-setup.ts';

/** How a message ends. */
export interface SpendMessageInput {
  readonly messageId: string;
  readonly state: 'spent' | 'expired' | 'refused';
}

/** Ends a message: from now on the database refuses every write under it, and its collections can be ordered again. */
export async function spendMessage({ consumer }: Pick<ActivityContext, 'consumer'>, { messageId, state }: SpendMessageInput): Promise<void> {
  await inTransaction(consumer, (client) => finishMessage(client, messageId, state));
}

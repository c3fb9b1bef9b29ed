import { type Client, WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { type ErrorCode, isErrorCode } from '../../exchange/errors.ts';
import { beating } from '../heartbeat.ts';

/** How a reverse run ended: `code` is null where it is complete. */
export interface ReverseSyncEnd {
  readonly code: ErrorCode | null;
}

/** Waits for the run of a message, for as long as it takes. */
export async function awaitReverseSync({ temporal }: { readonly temporal: Client }, { messageId }: { readonly messageId: string }): Promise<ReverseSyncEnd> {
  const handle = temporal.workflow.getHandle(messageId);
  return beating(
    () => ({ messageId }),
    (signal) =>
      temporal.connection.withAbortSignal(signal, async () => {
        try {
          await handle.result();
          return { code: null };
        } catch (error) {
          return { code: codeOf(error) };
        }
      }),
  );
}

function codeOf(error: unknown): ErrorCode {
  if (error instanceof WorkflowNotFoundError) return 'run-failed';
  if (!(error instanceof WorkflowFailedError)) throw error;
  const type = error.cause instanceof ApplicationFailure ? error.cause.type : undefined;
  return type !== undefined && type !== null && isErrorCode(type) ? type : 'run-failed';
}

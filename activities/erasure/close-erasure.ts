import { type ErasureEnd, finishErasure } from '../../adaptor/data/erasure/erasures.ts';
import { inTransaction } from '../../adaptor/data/pool.ts';
import { recordAudit } from '../../adaptor/data/state/audit.ts';
import type { ErrorCode } from '../../exchange/errors.ts';
import type { LinkName } from '../../exchange/names.ts';
import type { ActivityContext } from '../link-setup.ts';
import type { ErasureInput } from './begin-erasure.ts';

/** How an erasure ended. */
export type CloseErasureInput = ErasureInput & ErasureEnd & { readonly errorCode: ErrorCode | null };

/** Ends an erasure; it is in the audit log. A repetition changes nothing. */
export async function closeErasure({ consumer }: Pick<ActivityContext, 'consumer'>, { link, erasure, ...end }: CloseErasureInput): Promise<void> {
  await inTransaction(consumer, async (client) => {
    if (!(await finishErasure(client, erasure, end))) return;
    const code = end.errorCode === null ? {} : { code: end.errorCode };
    await recordAudit(client, { link: link as LinkName, event: end.state === 'done' ? 'record-erased' : 'erasure-refused', ...code, subject: String(erasure) });
  });
}

import { type ReleaseEnd, finishRelease } from '../../adaptor/data/control/releases.ts';
import { inTransaction } from '../../adaptor/data/pool.ts';
import { recordAudit } from '../../adaptor/data/state/audit.ts';
import type { ErrorCode } from '../../exchange/errors.ts';
import type { LinkName } from '../../exchange/names.ts';
import type { ActivityContext } from '../link-setup.ts';

/** How a release ended. */
export type CloseReleaseInput = ReleaseEnd & { readonly link: string; readonly releaseId: string; readonly errorCode: ErrorCode | null };

/** Ends a release: from now on the database refuses every write under it. What was refused is in the audit log. */
export async function closeRelease({ consumer }: Pick<ActivityContext, 'consumer'>, { link, releaseId, ...end }: CloseReleaseInput): Promise<void> {
  await inTransaction(consumer, async (client) => {
    await finishRelease(client, releaseId, end);
    const event = `release-${end.state}`;
    const code = end.errorCode === null ? {} : { code: end.errorCode };
    await recordAudit(client, { link: link as LinkName, event, ...code, subject: releaseId, facts: { outcome: end.outcome } });
  });
}

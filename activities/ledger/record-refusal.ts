import { recordAudit } from '../../adaptor/data/state/audit.ts';
import type { ErrorCode } from '../../exchange/errors.ts';
import type { LinkName } from '../../exchange/names.ts';
import type { ActivityContext } from '../link-setup.ts';

/** A run that was refused or broke off. */
export interface RefusalInput {
  /** Null where it is not known: nothing that was delivered could be believed. */
  readonly link: string | null;
  readonly runId: string;
  readonly event: string;
  readonly code: ErrorCode;
  readonly ignoredSignals: number;
}

/** Writes a refusal into the audit log. */
export async function recordRefusal(
  { consumer }: Pick<ActivityContext, 'consumer'>,
  { link, runId, event, code, ignoredSignals }: RefusalInput,
): Promise<void> {
  await recordAudit(consumer, { ...(link === null ? {} : { link: link as LinkName }), event, code, subject: runId, facts: { ignoredSignals } });
}

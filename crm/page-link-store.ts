import type { Pool } from 'pg';
import { controlRow } from '../adaptor/data/control-rows.ts';
import { postgresLinkStore } from '../adaptor/data/control/link-store.ts';
import { recordAudit } from '../adaptor/data/state/audit.ts';
import { TidegateError } from '../exchange/errors.ts';
import type { LinkName } from '../exchange/names.ts';
import type { LinkStore } from '../scheduler/link-store.ts';

const RESUME = `
  UPDATE tidegate.link SET state = 'open', state_code = NULL, state_reason = NULL, state_by = $2, state_at = now()
   WHERE name = $1 AND state = 'paused' RETURNING name`;

/**
 * The rows behind the scheduler as the CRM application may write them: requests, pauses, and the end of a pause. A link
 * that was stopped by a fault is the operator's (`tidegate resume`), and so is a new initial load: the page's role cannot.
 */
export function pageLinkStore(pool: Pool): LinkStore {
  const store = postgresLinkStore(pool);
  return {
    ...store,
    resumeLink: async (link, by) => {
      const resumed = await controlRow(pool, RESUME, [link, by]);
      if (resumed !== undefined) return recordAudit(pool, { link: link as LinkName, event: 'link-resumed', subject: by, facts: {} });
      const standing = await store.readLink(link);
      if (standing?.state === 'stopped') throw new TidegateError('link-stopped', standing.reason ?? undefined, { link });
    },
  };
}

import { TidegateError } from '../../../exchange/errors.ts';
import { controlRow } from '../control-rows.ts';
import type { Queryable } from '../pool.ts';

const RUN = `
  SELECT id, direction, state FROM tidegate.run WHERE link = $1 AND (id = $2 OR workflow_id = $2) ORDER BY started_at DESC LIMIT 1`;

/**
 * Id of a run that can be undone, found by it or by that of its workflow. Throws `record-not-found`, `undo-forward`, `bad-request` (it has
 * not ended).
 */
export async function requireUndoableRun(client: Queryable, link: string, run: string): Promise<string> {
  const found = await controlRow<{ id: string; direction: 'forward' | 'reverse'; state: string }>(client, RUN, [link, run]);
  if (found === undefined) throw new TidegateError('record-not-found', 'There is no run of this id.', { run });
  if (found.direction === 'forward') throw new TidegateError('undo-forward', undefined, { run: found.id });
  if (found.state === 'running') throw new TidegateError('bad-request', 'The run has not ended.', { run: found.id });
  return found.id;
}

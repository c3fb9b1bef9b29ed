import { type ErrorCode, TidegateError } from '../../../exchange/errors.ts';
import type { Incarnation } from '../../../exchange/incarnation.ts';
import { type LinkIdentity, type LinkName, linkName } from '../../../exchange/names.ts';
import { controlRow } from '../control-rows.ts';
import type { Queryable } from '../pool.ts';
import { recordAudit } from './audit.ts';
import { type StopReason, reopenChannels } from './channel.ts';

/** Whether a link works: `paused` by a person, `stopped` by a fault or a person. */
export type LinkState = 'open' | 'paused' | 'stopped';

/** An approved new initial load. */
export interface ReloadApproval {
  readonly approvedBy: string;
  readonly reason: string;
}

/** A link's row. */
export interface LinkRow {
  readonly name: LinkName;
  readonly epoch: number;
  readonly generation: number;
  readonly state: LinkState;
  /** Of a stop: the error's code; null of a pause, whose reason is a user's. */
  readonly stateCode: ErrorCode | null;
  readonly stateReason: string | null;
  readonly stateBy: string | null;
  readonly stateAt: Date;
  readonly incarnation: Incarnation | null;
  readonly peerIncarnation: Incarnation | null;
  readonly reload: ReloadApproval | null;
  readonly openedRun: string | null;
  readonly openedAt: Date | null;
}

/** Columns of a link's row as `LinkRow` names them. */
export const LINK_COLUMNS = `name, epoch, generation, state, state_code AS "stateCode", state_reason AS "stateReason", state_by AS "stateBy", state_at AS "stateAt",
  incarnation, peer_incarnation AS "peerIncarnation", reload, opened_run AS "openedRun", opened_at AS "openedAt"`;

/** Makes the link's row if there is none, at either side. */
export async function ensureLink(client: Queryable, link: LinkIdentity): Promise<void> {
  await client.query('INSERT INTO tidegate.link (name, tenant, environment, link) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING', [
    linkName(link),
    link.tenant,
    link.environment,
    link.link,
  ]);
}

/** A link's row; undefined where there is none. */
export async function readLink(client: Queryable, link: LinkName): Promise<LinkRow | undefined> {
  return controlRow<LinkRow>(client, `SELECT ${LINK_COLUMNS} FROM tidegate.link WHERE name = $1`, [link]);
}

/** A link's row. Throws `link-mismatch` where there is none. */
export async function requireLink(client: Queryable, link: LinkName): Promise<LinkRow> {
  const row = await readLink(client, link);
  if (row === undefined) throw unknownLink(link);
  return row;
}

/** The error for a link that this store does not have. */
export function unknownLink(link: string): TidegateError {
  return new TidegateError('link-mismatch', `This store has no link ${link}.`, { link });
}

/** Stops a link: nothing moves until somebody resumes it. A link that is stopped already keeps its first reason. */
export async function stopLink(client: Queryable, link: LinkName, { code, message }: StopReason, by: string): Promise<void> {
  const stopped = await setState(client, link, { state: 'stopped', code, reason: message, by }, `state <> 'stopped'`);
  if (stopped) await recordAudit(client, { link, event: 'link-stopped', subject: by, facts: { reason: message } });
}

/** Pauses an open link. */
export async function pauseLink(client: Queryable, link: LinkName, reason: string, by: string): Promise<void> {
  const paused = await setState(client, link, { state: 'paused', code: null, reason, by }, `state = 'open'`);
  if (paused) await recordAudit(client, { link, event: 'link-paused', subject: by, facts: { reason } });
}

/**
 * Opens a link again (with a reload under an epoch past any that a store gave out whose older copy this may be: the seconds
 * since 1970), with its stopped and drifted channels: faults that last stop them anew. With `reload` the next opening
 * carries out an approved new initial load of all collections; nothing else opens a stopped link. Throws `link-stopped`.
 */
export async function resumeLink(client: Queryable, link: LinkName, by: string, reload?: ReloadApproval): Promise<void> {
  const row = await controlRow(
    client,
    `UPDATE tidegate.link SET state = 'open', state_code = NULL, state_reason = NULL, state_by = $2, state_at = now(), reload = coalesce($3::jsonb, reload),
            epoch = CASE WHEN $3::jsonb IS NULL THEN epoch ELSE greatest(epoch, floor(extract(epoch FROM now()))::bigint) END
      WHERE name = $1 AND (state <> 'stopped' OR $3::jsonb IS NOT NULL) RETURNING name`,
    [link, by, reload === undefined ? null : JSON.stringify({ approvedBy: reload.approvedBy, reason: reload.reason })],
  );
  if (row === undefined) throw onlyByReload(await requireLink(client, link));
  await reopenChannels(client, link);
  await recordAudit(client, { link, event: 'link-resumed', subject: by, facts: reload === undefined ? {} : { reload: true, reason: reload.reason } });
}

/** A link stops where a store is not the one it was: going on as if it were would skip what it no longer knows. */
function onlyByReload({ name, stateReason }: LinkRow): TidegateError {
  return new TidegateError('link-stopped', `${stateReason ?? ''} Only an approved new initial load goes on (tidegate resume --reload --reason ...).`, {
    link: name,
  });
}

interface NewState {
  readonly state: LinkState;
  readonly code: ErrorCode | null;
  readonly reason: string;
  readonly by: string;
}

async function setState(client: Queryable, link: LinkName, { state, code, reason, by }: NewState, from: string): Promise<boolean> {
  const row = await controlRow(
    client,
    `UPDATE tidegate.link SET state = $2, state_code = $3, state_reason = $4, state_by = $5, state_at = now() WHERE name = $1 AND ${from} RETURNING name`,
    [link, state, code, reason, by],
  );
  return row !== undefined;
}

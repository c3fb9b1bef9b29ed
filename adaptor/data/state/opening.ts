import type { Pool, PoolClient } from 'pg';
import type { ChannelPosition, OpeningAnswerClaims, OpeningClaims } from '../../../exchange/claims.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import { type Incarnation, incarnationDifferences } from '../../../exchange/incarnation.ts';
import { type LinkName, type Side, linkName } from '../../../exchange/names.ts';
import { controlRow } from '../control-rows.ts';
import { readIncarnation } from '../incarnation.ts';
import type { CollectionPlan } from '../plan.ts';
import { inTransaction } from '../pool.ts';
import { assertOpen } from './epoch.ts';
import { beginGeneration } from './generation.ts';
import { LINK_COLUMNS, type LinkRow, type ReloadApproval, ensureLink, requireLink, stopLink, unknownLink } from './link.ts';
import { type OpenWindows, comparePositions, readOpenWindows, readPositions } from './positions.ts';

/** Claims of an opening that the CRM's store knows; whoever signs adds the rest. */
export type OpeningBody = Pick<OpeningClaims, 'runId' | 'epoch' | 'generation' | 'incarnation' | 'peerIncarnation' | 'positions' | 'reload'>;

/** Claims of an answer that the cloud's store knows. */
export type OpeningAnswerBody = Pick<OpeningAnswerClaims, 'epoch' | 'generation' | 'incarnation' | 'positions'>;

/**
 * What the CRM says when it opens a link. Throws `epoch-stale`, `link-stopped`, and `incarnation-changed` (the link is then
 * stopped) where the CRM's own store is not the one that opened the link last, unless a reload is approved.
 */
export async function prepareOpening(
  pool: Pool,
  { link, epoch, runId }: { readonly link: LinkName; readonly epoch: number; readonly runId: string },
): Promise<OpeningBody> {
  return stopping(pool, link, async (client) => {
    await assertOpen(client, { link, epoch });
    const row = await requireLink(client, link);
    const incarnation = await readIncarnation(client);
    if (row.reload === null) checkIncarnation('crm', row.incarnation, incarnation);
    const positions = await readPositions(client, link, row.reload !== null);
    return {
      runId,
      epoch,
      incarnation,
      generation: row.generation + (row.reload === null ? 0 : 1),
      positions: [...positions],
      ...(row.peerIncarnation === null ? {} : { peerIncarnation: row.peerIncarnation }),
      ...(row.reload === null ? {} : { reload: row.reload }),
    };
  });
}

/**
 * The cloud's answer to a verified opening: takes the link's new epoch, so that all runs before are fenced here too. Compares
 * what both sides remember. `plans` are the link's registered collections.
 * Throws `incarnation-changed` and `epoch-stale`; nothing has changed then.
 */
export async function acceptOpening(pool: Pool, claims: OpeningClaims, plans: readonly CollectionPlan[]): Promise<OpeningAnswerBody> {
  const link = linkName(claims);
  return inTransaction(pool, async (client) => {
    await ensureLink(client, { tenant: claims.tenant, environment: claims.environment, link: claims.link });
    const row = await controlRow<LinkRow>(client, `SELECT ${LINK_COLUMNS} FROM tidegate.link WHERE name = $1 FOR UPDATE`, [link]);
    if (row === undefined) throw unknownLink(link);
    const incarnation = await readIncarnation(client);
    if (claims.reload === undefined) await compare(client, row, claims, incarnation);
    if (claims.epoch <= row.epoch)
      throw new TidegateError('epoch-stale', `Epoch ${claims.epoch} was overtaken by ${row.epoch}.`, { link, epoch: claims.epoch });
    const { reload } = claims;
    const generation = reload === undefined ? claims.generation : await reloadCloud(client, row, { ...claims, reload }, { now: incarnation, plans });
    await client.query(
      `UPDATE tidegate.link SET epoch = $2, incarnation = $3::jsonb, peer_incarnation = $4::jsonb, opened_run = $5, opened_at = now(), state = 'open', state_code = NULL, state_reason = NULL
        WHERE name = $1`,
      [link, claims.epoch, JSON.stringify(incarnation), JSON.stringify(claims.incarnation), claims.runId],
    );
    return { epoch: claims.epoch, generation, incarnation, positions: [...(await readPositions(client, link))] };
  });
}

async function compare(client: PoolClient, row: LinkRow, claims: OpeningClaims, incarnation: Incarnation): Promise<void> {
  checkIncarnation('cloud', row.incarnation, incarnation);
  checkIncarnation('cloud', claims.peerIncarnation ?? null, incarnation);
  checkIncarnation('crm', row.peerIncarnation, claims.incarnation);
  if (row.generation !== claims.generation)
    throw wentBack(claims.generation < row.generation ? 'crm' : 'cloud', [`generation ${claims.generation} and ${row.generation}`]);
  checkPositions(claims.positions, await readPositions(client, row.name), { reverse: await readOpenWindows(client, row.name, 'reverse') });
}

/**
 * Begins a generation that neither side has worked in: a CRM restored from before an earlier reload does not know of it. A
 * repetition of a reload whose answer was lost finds its generation begun, and no window in it. Returns the generation.
 */
async function reloadCloud(
  client: PoolClient,
  row: LinkRow,
  claims: OpeningClaims & { readonly reload: ReloadApproval },
  { now, plans }: { readonly now: Incarnation; readonly plans: readonly CollectionPlan[] },
): Promise<number> {
  const used = (await hasWindows(client, row)) ? row.generation + 1 : row.generation;
  const generation = Math.max(claims.generation, used);
  const own = await readPositions(client, row.name, true);
  const both = [...claims.positions, ...own];
  const positions = [...new Set(both.map(({ collection }) => collection))].map((collection) => {
    const all = both.filter((p) => p.collection === collection);
    return { collection, forwardOrdinal: Math.max(...all.map((p) => p.forwardOrdinal)), reverseOrdinal: Math.max(...all.map((p) => p.reverseOrdinal)) };
  });
  const known = new Map(claims.positions.map(({ collection, reverseOrdinal }) => [collection, reverseOrdinal]));
  await beginGeneration(client, {
    link: row.name,
    side: 'cloud',
    generation,
    approval: claims.reload,
    positions,
    before: row.incarnation,
    now,
    edits: plans.map((plan) => ({ plan, acknowledged: known.get(plan.definition.name) ?? 0 })),
  });
  return generation;
}

/** Whether any window belongs to the link's generation. */
async function hasWindows(client: PoolClient, { name, generation }: LinkRow): Promise<boolean> {
  const row = await controlRow(client, `SELECT FROM tidegate.window WHERE link = $1 AND generation = $2 AND state <> 'void' LIMIT 1`, [name, generation]);
  return row !== undefined;
}

/**
 * Takes the cloud's verified answer at the CRM, under the epoch of the opening that it answers. Throws `epoch-stale`, and
 * `incarnation-changed` (the link is then stopped) where the cloud is another one, or one of the stores went back.
 */
export async function acceptAnswer(pool: Pool, link: LinkName, opening: OpeningBody, answer: OpeningAnswerBody): Promise<LinkRow> {
  return stopping(pool, link, async (client) => {
    await assertOpen(client, { link, epoch: opening.epoch });
    const row = await requireLink(client, link);
    const reload = opening.reload;
    const isNext = reload === undefined ? answer.generation === opening.generation : answer.generation >= opening.generation;
    if (answer.epoch !== opening.epoch || !isNext) throw new TidegateError('epoch-stale', 'The answer is for another opening.', { link });
    if (reload === undefined) {
      checkIncarnation('cloud', row.peerIncarnation, answer.incarnation);
      checkPositions(opening.positions, answer.positions, { forward: await readOpenWindows(client, link, 'forward') });
    } else {
      const [before, now] = [row.incarnation, opening.incarnation];
      await beginGeneration(client, {
        link,
        side: 'crm',
        generation: answer.generation,
        approval: reload,
        positions: answer.positions,
        before,
        now,
        edits: [],
      });
    }
    await client.query('UPDATE tidegate.link SET incarnation = $2::jsonb, peer_incarnation = $3::jsonb, opened_at = now() WHERE name = $1', [
      link,
      JSON.stringify(opening.incarnation),
      JSON.stringify(answer.incarnation),
    ]);
    return requireLink(client, link);
  });
}

/**
 * What an `epoch-stale` refusal of the cloud means: a later run took over (nothing to do), or this CRM is older than one that
 * the cloud has spoken with. The link is then stopped, and the error to be thrown instead comes back.
 */
export async function explainStaleEpoch(pool: Pool, link: LinkName, epoch: number): Promise<TidegateError> {
  const row = await requireLink(pool, link);
  if (row.epoch !== epoch) return new TidegateError('epoch-stale', `Epoch ${epoch} was overtaken by ${row.epoch}.`, { link, epoch });
  const error = wentBack('crm', [`epoch ${epoch}`]);
  await stopLink(pool, link, error, 'tidegate');
  return error;
}

function checkIncarnation(side: Side, remembered: Incarnation | null, found: Incarnation): void {
  const differences = remembered === null ? [] : incarnationDifferences(remembered, found);
  if (differences.length > 0)
    throw new TidegateError('incarnation-changed', `The ${side === 'crm' ? 'CRM' : 'cloud'}'s store differs in ${differences.join(', ')}.`, {
      side,
      differences,
    });
}

function checkPositions(crm: readonly ChannelPosition[], cloud: readonly ChannelPosition[], open: OpenWindows): void {
  const faults = comparePositions(crm, cloud, open);
  const [first] = faults;
  if (first !== undefined)
    throw wentBack(
      first.wentBack,
      faults.map(({ collection, direction }) => `${collection} ${direction}`),
    );
}

function wentBack(side: Side, where: readonly string[]): TidegateError {
  return new TidegateError('incarnation-changed', `The ${side === 'crm' ? 'CRM' : 'cloud'}'s store went back: ${where.join(', ')}.`, { side, where });
}

/** Runs a body in a transaction; `incarnation-changed` stops the link, in a transaction that lasts. */
async function stopping<T>(pool: Pool, link: LinkName, body: (client: PoolClient) => Promise<T>): Promise<T> {
  try {
    return await inTransaction(pool, body);
  } catch (error) {
    if (error instanceof TidegateError && error.code === 'incarnation-changed') await stopLink(pool, link, error, 'tidegate');
    throw error;
  }
}

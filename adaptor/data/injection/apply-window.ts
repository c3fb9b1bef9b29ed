import type { Pool, PoolClient } from 'pg';
import type { Books } from '../../../exchange/books.ts';
import type { ManifestClaims, ReverseOrder } from '../../../exchange/claims.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import type { Direction } from '../../../exchange/names.ts';
import { CHANGE_CHANNEL } from '../capture/capture-function.ts';
import type { CollectionPlan } from '../plan.ts';
import { plannerSettings } from '../planner-settings.ts';
import { acknowledgeReverse } from '../state/acknowledge.ts';
import { type Applied, type ApplyParameters, type ApplyStatements, applyRecords, applyStatements } from './apply-records.ts';
import { checkBudgets } from './budgets.ts';
import { examineStage } from './examine-stage.ts';
import type { OpenInjection } from './open-injection.ts';
import { type Acknowledged, readAcknowledged } from './pending-since.ts';
import { joinWaitingSql, quarantineSql, resendSealedSql, supersedeSql } from './quarantine-records.ts';
import { type Receiver, receiverOf } from './receiver.ts';
import { confirmSql, rebaseSql } from './reload-records.ts';
import { resolveSql } from './identify-records.ts';
import { type Session, sessionFor } from './session.ts';
import { LARGE_WINDOW_ROWS, analyseStage, hasOpenedRows, stageValues } from './stage.ts';
import { allInOrder } from '../pipelined.ts';
import { applyInline } from './apply-inline.ts';
import { keepDerivedSql, keepKnownSql, keepRefusedSql, tallySql } from './verdicts.ts';

/** A staged window whose manifest holds and whose turn it is. */
export interface StagedWindow {
  readonly plan: CollectionPlan;
  readonly direction: Direction;
  readonly claims: ManifestClaims;
  readonly open: OpenInjection;
  /** Reverse: what the message orders of this collection. */
  readonly order: ReverseOrder | undefined;
  readonly runId: string | undefined;
}

const statements = new WeakMap<Receiver, ApplyStatements>();

/**
 * Applies the staged rows and keeps what did not enter: conflicts, quarantine, resends. Returns the books, which balance:
 * every record has one outcome. Runs in the caller's transaction.
 */
export async function applyWindow(pool: Pool, client: PoolClient, window: StagedWindow): Promise<Books> {
  const { plan, direction, claims, open } = window;
  const receiver = await receiverOf(pool, client, plan, open.stamp);
  const isLarge = claims.rows > LARGE_WINDOW_ROWS;
  const session = sessionFor(client, isLarge);
  if (isLarge) await client.query(plannerSettings('scans'));
  const isFresh = await examineStage(session, receiver, claims);
  if (window.order !== undefined) await checkBudgets(client, plan, claims, window.order);
  if (open.waiting) await client.query(joinWaitingSql(receiver, direction));
  const parameters = plan.side === 'cloud' ? await forwardParameters(client, window) : reverseParameters(window);
  const applied =
    claims.rows === 0
      ? NOTHING_APPLIED
      : await applyRecords(session, receiver, statementsOf(receiver), parameters, {
          fresh: isFresh && isLarge && !open.waiting,
          analyse: () => analyseStage(client, plan, claims.rows),
        });
  return keepRest(session, receiver, window, parameters, applied);
}

const NOTHING_APPLIED: Applied = { changed: 0, partly: 0, verdicts: 0, marked: false };

function statementsOf(receiver: Receiver): ApplyStatements {
  let made = statements.get(receiver);
  if (made === undefined) statements.set(receiver, (made = applyStatements(receiver)));
  return made;
}

/** A forward window in memory, whose place is known and whose turn it is. */
export interface WholeStagedWindow extends StagedWindow {
  readonly values: readonly (readonly (string | null)[])[];
  readonly acknowledged: Acknowledged;
}

/** The same for a small window that is staged here: in one round trip, in a pipelined session. */
export async function applyWholeWindow(pool: Pool, client: PoolClient, window: WholeStagedWindow): Promise<Books> {
  const { plan, direction, claims, open, values } = window;
  const receiver = await receiverOf(pool, client, plan, open.stamp);
  const session = sessionFor(client, false);
  const parameters = judgedBy(open, window.acknowledged);
  const isPlain = !open.waiting && !open.unconfirmed;
  const inline = isPlain && claims.rows > 0 ? await applyInline(session, receiver, parameters, { claims, values }) : undefined;
  if (inline !== undefined) return balance(session, receiver, claims, inline);
  const [, , , applied] = await allInOrder([
    stageValues(client, plan, values),
    examineStage(session, receiver, claims),
    open.waiting ? client.query(joinWaitingSql(receiver, direction)) : undefined,
    claims.rows === 0
      ? NOTHING_APPLIED
      : applyRecords(session, receiver, statementsOf(receiver), parameters, { fresh: false, analyse: () => analyseStage(client, plan, claims.rows) }),
  ]);
  return keepRest(session, receiver, window, parameters, applied);
}

/** Keeps what is to be known beside the records, and gives the books. */
async function keepRest(session: Session, receiver: Receiver, window: StagedWindow, parameters: ApplyParameters, applied: Applied): Promise<Books> {
  const { client } = session;
  const { plan, direction, claims, open, runId } = window;
  if (open.waiting) await client.query(supersedeSql(receiver, direction));
  if (open.unconfirmed && plan.side === 'cloud') await client.query(confirmSql(receiver));
  if (claims.kind === 'chunk' && claims.generation > 1) await client.query(rebaseSql(receiver), [open.source, parameters.judge[1], claims.ordinal]);
  // Rows that could not be opened came marked.
  const marked = applied.marked || hasOpenedRows(plan);
  const batch = [claims.ordinal, claims.batchId, runId ?? null, claims.messageId ?? null];
  if (applied.verdicts > 0) await keepVerdicts(session, receiver, open.source, batch);
  if (marked) await client.query(quarantineSql(receiver, direction), batch);
  if (hasOpenedRows(plan)) await client.query(resendSealedSql(receiver), [open.source]);
  return balance(session, receiver, claims, { ...applied, marked });
}

/** At the cloud: what the CRM acknowledged is settled before its records are merged. */
export async function forwardParameters(client: PoolClient, { plan, claims, open }: Pick<StagedWindow, 'plan' | 'claims' | 'open'>): Promise<ApplyParameters> {
  const ordinal = claims.acknowledgedReverseOrdinal ?? 0;
  if (ordinal > 0) await acknowledgeReverse(client, { link: plan.linkName, collection: plan.definition.name, ordinal });
  return judgedBy(open, await readAcknowledged(client, plan, ordinal, claims.generation));
}

const judgedBy = ({ source }: OpenInjection, { snapshot, partSnapshot, partKey }: Acknowledged): ApplyParameters => ({
  judge: [source, snapshot, partSnapshot, partKey],
  merge: [],
});

/** At the CRM: what the message orders, and what the ledger notes. */
function reverseParameters({ claims, open, order, runId }: StagedWindow): ApplyParameters {
  if (order === undefined) throw new TidegateError('message-missing');
  return {
    judge: [open.source, order.fields, order.operations],
    merge: [runId ?? null, claims.messageId ?? null, claims.batchId],
  };
}

/** Keeps what the verdicts say beside the records: conflicts, refusals, resends, derived values. `batch`: ordinal, batch, run, message. */
export async function keepVerdicts({ client }: Session, receiver: Receiver, source: number | null, batch: readonly unknown[]): Promise<void> {
  if (receiver.plan.side === 'crm') await client.query(keepRefusedSql(receiver), [source, ...batch]);
  else await client.query(keepKnownSql(receiver), [source]);
  // Records that were linked just now have a key to log by.
  if (receiver.linked) await client.query(resolveSql(receiver), [1, 1, Number.MAX_SAFE_INTEGER]);
  if (receiver.altersInserts || receiver.altersUpdates) await client.query(keepDerivedSql(receiver), [source]);
  await client.query('select pg_notify($1, $2)', [CHANGE_CHANNEL, String(source)]);
}

async function balance(session: Session, receiver: Receiver, claims: ManifestClaims, applied: Applied): Promise<Books> {
  const told = { quarantined: 0, conflicted: 0 };
  if (applied.verdicts > 0 || applied.marked) {
    const { rows } = await session.run(tallySql(receiver), []);
    const [row] = rows as { quarantined: string; conflicted: string }[];
    told.quarantined = Number(row?.quarantined);
    told.conflicted = Number(row?.conflicted);
  }
  const changed = applied.changed - applied.partly;
  const unchanged = claims.rows - changed - told.conflicted - told.quarantined;
  if (unchanged < 0) throw new TidegateError('books-unbalanced', undefined, { collection: claims.collection, ordinal: claims.ordinal });
  return { offered: claims.rows + claims.filtered, applied: changed, unchanged, ...told, filtered: claims.filtered };
}

import type { Pool, PoolClient } from 'pg';
import type { Books } from '../../../exchange/books.ts';
import type { ManifestClaims } from '../../../exchange/claims.ts';
import { ALL_FIELDS } from '../../../exchange/wire-row.ts';
import type { CollectionPlan } from '../plan.ts';
import { plannerSettings } from '../planner-settings.ts';
import { literal } from '../quoting.ts';
import { BEGIN_RECORDS } from './apply-records.ts';
import { forwardParameters } from './apply-window.ts';
import { type InsertStatements, PROBED_ROWS, insertNew, insertStatements } from './insert-new.ts';
import type { OpenInjection } from './open-injection.ts';
import { type Receiver, receiverOf } from './receiver.ts';
import { asText, copyColumns, makeOnce, stageTable, unqualified, wireStaging } from './stage.ts';

/*
 * Chunks of a load that are taken for records which the store does not have are staged in a table of nothing but the columns of the
 * wire, and added from there: what the injector notes of each row beside them costs half of what staging it does. A chunk that turns
 * out to need any of it goes on from the ordinary stage.
 */

/** A chunk that is taken for one of new records. */
export interface FreshChunk {
  /** Where it is to be staged, as SQL. */
  readonly table: string;
  /**
   * Adds its rows, once its manifest holds and its turn has come. Answers its books; undefined, with the rows in the ordinary stage and
   * nothing else written, where one of them is no new record, is there already, cannot be taken or may be held back.
   */
  add(claims: ManifestClaims): Promise<Books | undefined>;
}

/** What a chunk is told by before its rows are read. */
export interface ChunkPlace {
  readonly plan: CollectionPlan;
  readonly ordinal: number;
  readonly open: OpenInjection;
}

/** A chunk as a fresh one; undefined where its table, what waits for it, or the chunks before it say that it needs more than an insert. */
export async function freshChunk(pool: Pool, client: PoolClient, { plan, ordinal, open }: ChunkPlace): Promise<FreshChunk | undefined> {
  if (open.waiting || open.unconfirmed || meetings.get(pool)?.get(channelOf(plan)) === ordinal) return undefined;
  const statements = statementsOf(await receiverOf(pool, client, plan, open.stamp));
  if (statements === null) return undefined;
  const table = freshTable(plan);
  const add = async (claims: ManifestClaims): Promise<Books | undefined> => {
    const { judge } = await forwardParameters(client, { plan, claims, open });
    const applied = (await isAllNew(client, table, claims)) ? await tryInsert(client, statements, judge) : undefined;
    if (applied !== undefined)
      return { offered: claims.rows + claims.filtered, applied, unchanged: claims.rows - applied, conflicted: 0, quarantined: 0, filtered: claims.filtered };
    noteMeeting(pool, plan, ordinal);
    const columns = copyColumns(plan);
    await client.query(`insert into ${stageTable(plan)} (${columns}) select ${columns} from ${table}`);
    return undefined;
  };
  return { table, add };
}

/** Makes the staging table of such chunks where this session does not have it yet. Outside of a transaction. */
export async function prepareFresh(client: PoolClient, plan: CollectionPlan): Promise<void> {
  const table = freshTable(plan);
  await makeOnce(client, table, [`create temp table if not exists ${unqualified(table)} (${asText(wireStaging(plan))}) on commit delete rows`]);
}

const freshTable = (plan: CollectionPlan): string => stageTable(plan).replace('tidegate_stage_', 'tidegate_fresh_');

/** Ordinal of the load, by channel, in which a chunk last had to go on from the ordinary stage: its other chunks will have to, too. */
const meetings = new WeakMap<Pool, Map<string, number>>();

const channelOf = (plan: CollectionPlan): string => JSON.stringify([plan.linkName, plan.definition.name]);

function noteMeeting(pool: Pool, plan: CollectionPlan, ordinal: number): void {
  let known = meetings.get(pool);
  if (known === undefined) meetings.set(pool, (known = new Map()));
  known.set(channelOf(plan), ordinal);
}

/** Statements that add a fresh chunk; null where the table or the plan needs more than an insert. */
const known = new WeakMap<Receiver, InsertStatements | null>();

function statementsOf(receiver: Receiver): InsertStatements | null {
  let made = known.get(receiver);
  if (made === undefined) known.set(receiver, (made = makeStatements(receiver)));
  return made;
}

function makeStatements(receiver: Receiver): InsertStatements | null {
  if ([...receiver.key, ...receiver.fields].some(({ listed }) => listed !== undefined)) return null;
  const table = freshTable(receiver.plan);
  const keys = receiver.key.map((f, i) => `${f.value} as "$k${i + 1}"`);
  const first = `(select s.*, ${keys.join(', ')} from (select * from ${table} limit ${PROBED_ROWS}) s) s`;
  return insertStatements(receiver, { first, all: `${table} s`, values: [] }) ?? null;
}

/** Whether the staged rows are those that the manifest counts, each a new record as a whole. */
async function isAllNew(client: PoolClient, table: string, { rows, tombstones }: ManifestClaims): Promise<boolean> {
  const { rows: counted } = await client.query<{ rows: string; whole: string }>(
    `select count(*)::text as rows,
            (count(*) filter (where "$op" = 'I' and "$changed" = ${literal(ALL_FIELDS)} and "$base" is null))::text as whole from ${table}`,
  );
  return tombstones === 0 && counted[0]?.rows === String(rows) && counted[0].whole === counted[0].rows;
}

async function tryInsert(client: PoolClient, statements: InsertStatements, judge: readonly unknown[]): Promise<number | undefined> {
  await client.query(BEGIN_RECORDS);
  // A few rows are looked up by their keys: told nothing, PostgreSQL reads all that was loaded so far.
  await client.query(plannerSettings('lookups'));
  // Capture's trigger is handed all rows of a statement at once: with the usual memory they would go through a file.
  await client.query(`set local work_mem = '32MB'`);
  return insertNew(client, statements, judge);
}

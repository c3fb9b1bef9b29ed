import type { Pool, PoolClient } from 'pg';
import { controlRows } from '../../../../adaptor/data/control-rows.ts';
import type { LogReader } from '../../../../adaptor/data/retention/log-reader.ts';
import { pruneStore } from '../../../../adaptor/data/retention/prune-store.ts';
import type { InjectedWindow } from '../../../../adaptor/data/injection/incoming-window.ts';
import { DataCycle, type WindowInFlight, appliedBooks } from '../../../support/data-cycle.ts';
import type { TwoStores } from '../../../support/two-stores.ts';

type Side = 'crm' | 'cloud';

/** One edit of a user, of one record. */
export type Edit =
  | { kind: 'update'; key: number; column: string; value: string | null }
  | { kind: 'insert'; key: number; a: string | null; b: string | null }
  | { kind: 'delete'; key: number };

/** A step of a random history. Steps that make no sense where they stand do nothing. */
export type Step =
  | { step: 'edit' | 'begin'; side: Side; edits: readonly Edit[] }
  | { step: 'commit' | 'prune'; side: Side }
  | { step: `${Act} ${'forward' | 'reverse'}`; maxRows: number; phased: boolean };

/** `lose` loses the answer to a window, or the window itself; `repeat` delivers it twice; `cycle` is a window's whole way. */
type Act = 'read' | 'deliver' | 'confirm' | 'lose' | 'repeat' | 'cycle';

interface Channel {
  window?: WindowInFlight | undefined;
  injected?: InjectedWindow | undefined;
}

/** Plays a random history over two real stores, windows in flight and transactions open in between. */
export class ConvergenceRun {
  readonly #stores: TwoStores;
  readonly #cycle: DataCycle;
  readonly #open: Partial<Record<Side, PoolClient>> = {};
  readonly #channels: Record<'forward' | 'reverse', Channel> = { forward: {}, reverse: {} };

  readonly #at: number;
  readonly #table: string;

  /** `at`: which collection of the stores, each of which has a rule for conflicts of its own. */
  constructor(stores: TwoStores, at = 0) {
    this.#stores = stores;
    this.#cycle = new DataCycle(stores);
    this.#at = at;
    this.#table = `app.${stores.plans[at]?.crm.binding.table ?? ''}`;
  }

  /** Empties both stores, and loads two records. */
  async begin(): Promise<void> {
    for (const { admin } of [this.#stores.crm, this.#stores.cloud]) {
      await admin.query(`set session_replication_role = replica; truncate ${this.#table}; reset session_replication_role;
        delete from tidegate.change_log; delete from tidegate."window"; delete from tidegate.conflict; delete from tidegate.quarantine; delete from tidegate.ledger_entry;
        update tidegate.channel set ordinal = 0, cursor = null, peer_cursor = null, state = 'new'`);
    }
    await this.#stores.crm.page.query(`insert into ${this.#table} values (1, 'x', 'x', 'c'), (2, 'y', null, null)`);
    await this.#cycle.load(this.#at);
    await this.#cycle.forward(this.#at);
  }

  async take(step: Step): Promise<void> {
    switch (step.step) {
      case 'edit':
        return this.#edit(step.side, step.edits);
      case 'begin':
        return this.#begin(step.side, step.edits);
      case 'commit':
        return this.#commit(step.side);
      case 'prune':
        return this.#prune(step.side);
      default: {
        const [act, direction] = step.step.split(' ') as [Act, 'forward' | 'reverse'];
        if (act === 'cycle') {
          await this.#read(direction, step.maxRows, step.phased);
          await this.#deliver(direction);
          return this.#confirm(direction);
        }
        if (act === 'read') return this.#read(direction, step.maxRows, step.phased);
        if (act === 'lose') return this.#lose(direction);
        if (act === 'repeat') return this.#repeat(direction);
        return act === 'deliver' ? this.#deliver(direction) : this.#confirm(direction);
      }
    }
  }

  /** Commits what is open, lands what is in flight, and synchronises until nothing moves. */
  async finish(): Promise<void> {
    await this.#commit('crm');
    await this.#commit('cloud');
    for (const direction of ['forward', 'reverse'] as const) {
      await this.#deliver(direction);
      await this.#confirm(direction);
    }
    // Values that the cloud can't hold are shortened in the end; what waited is tried again with that.
    await this.#quiesce();
    await this.#stores.crm.page.query(`update ${this.#table} set b = left(b, 3) where length(b) > 3`);
    await this.#quiesce();
  }

  /** Records that still wait at the cloud. */
  async waiting(): Promise<unknown[]> {
    return controlRows(this.#stores.cloud.admin, `select key from tidegate.quarantine where state = 'waiting'`);
  }

  async records(): Promise<Record<Side, unknown[]>> {
    const sql = `select id, a, b, c from ${this.#table} order by id`;
    return { crm: (await this.#stores.crm.admin.query(sql)).rows, cloud: (await this.#stores.cloud.admin.query(sql)).rows };
  }

  /** Applied windows whose books do not balance. */
  async unbalanced(): Promise<unknown[]> {
    return (await appliedBooks(this.#stores)).filter(({ offered, told }) => offered !== told);
  }

  /** Records moved by two further rounds. */
  async moreWrites(): Promise<number> {
    let moved = 0;
    for (let i = 0; i < 2; i++) moved += (await this.#cycle.forward(this.#at)) + (await this.#cycle.reverse(this.#at));
    return moved;
  }

  /** What both stores remember of the run, for a human who looks at a counterexample. */
  async story(): Promise<unknown> {
    const sql = {
      log: `select id, xid::text, key, op, old, origin, seen::text from tidegate.change_log order by id`,
      windows: `select direction, ordinal, kind, state, from_snapshot::text, to_snapshot::text, applied_xid::text, offered, applied, unchanged, conflicted, quarantined from tidegate."window" order by started_at`,
      quarantine: `select direction, key, op, code, field, detail, state from tidegate.quarantine`,
      conflicts: `select key, field, kind, crm_value, cloud_value from tidegate.conflict`,
    };
    const read = async (pool: Pool) =>
      Object.fromEntries(await Promise.all(Object.entries(sql).map(async ([name, text]) => [name, await controlRows(pool, text)] as const)));
    return { crm: await read(this.#stores.crm.admin), cloud: await read(this.#stores.cloud.admin) };
  }

  /** Takes away all that is done with, at once. */
  async #prune(side: Side): Promise<void> {
    const plan = this.#stores.plans[this.#at]?.[side];
    if (plan === undefined) return;
    const { schema, table } = plan.binding;
    const reader: LogReader = { link: plan.linkName, collection: plan.definition.name, schema, table, tenant: side === 'crm' ? null : plan.link.tenant };
    const ms = -3_600_000;
    const unacknowledged = { maxRows: side === 'cloud' ? 2 : 1_000_000, maxAgeMs: 3_600_000 };
    const pool = side === 'crm' ? this.#stores.crm.consumer : this.#stores.cloud.producer;
    await pruneStore(pool, side, [reader], { changeLogMs: ms, tombstoneMs: ms, windowMs: ms, valueMs: ms, historyMs: -ms, unacknowledged, batchRows: 2 });
  }

  async #quiesce(): Promise<void> {
    for (let cycle = 0; cycle < 12; cycle++) if ((await this.#cycle.forward(this.#at)) + (await this.#cycle.reverse(this.#at)) === 0) return;
    throw new Error('still moving after 12 cycles');
  }

  async #edit(side: Side, edits: readonly Edit[]): Promise<void> {
    const client = await this.#user(side);
    try {
      await this.#apply(client, side, edits);
      await client.query('commit');
    } catch {
      // Another transaction of the same side holds the record, or the edit is none (a key that is there already).
      await client.query('rollback');
    } finally {
      client.release();
    }
  }

  async #begin(side: Side, edits: readonly Edit[]): Promise<void> {
    if (this.#open[side] !== undefined) return;
    const client = await this.#user(side);
    try {
      await this.#apply(client, side, edits);
      this.#open[side] = client;
    } catch {
      await client.query('rollback');
      client.release();
    }
  }

  async #commit(side: Side): Promise<void> {
    const client = this.#open[side];
    delete this.#open[side];
    await client?.query('commit');
    client?.release();
  }

  async #user(side: Side): Promise<PoolClient> {
    const client = await (side === 'crm' ? this.#stores.crm.page : this.#stores.cloud.user).connect();
    await client.query(`begin; set local lock_timeout = '100ms'; set local tidegate.tenant = 'acme'; set local tidegate.actor = 'user'`);
    return client;
  }

  async #apply(client: PoolClient, side: Side, edits: readonly Edit[]): Promise<void> {
    for (const edit of edits) {
      if (edit.kind === 'update') await client.query(`update ${this.#table} set ${edit.column} = $2 where id = $1`, [edit.key, edit.value]);
      else if (edit.kind === 'delete') await client.query(`delete from ${this.#table} where id = $1`, [edit.key]);
      else
        await client.query(
          `insert into ${this.#table} (id, a, b${side === 'cloud' ? ', tenant' : ''}) values ($1, $2, $3${side === 'cloud' ? `, 'acme'` : ''}) on conflict do nothing`,
          [edit.key, edit.a, edit.b],
        );
    }
  }

  async #read(direction: 'forward' | 'reverse', maxRows: number, phased: boolean): Promise<void> {
    const channel = this.#channels[direction];
    if (channel.window !== undefined) return;
    if (direction === 'reverse') channel.window = await this.#cycle.readReverse(this.#at, { maxRows });
    else channel.window = await this.#cycle.readForward(this.#at, phased ? 'upserts' : 'all');
  }

  async #deliver(direction: 'forward' | 'reverse'): Promise<void> {
    const channel = this.#channels[direction];
    if (channel.window === undefined || channel.injected !== undefined) return;
    const delivery = this.#cycle.deliver(channel.window);
    // An open transaction of the receiving side may hold a record: it ends while the window waits.
    const side = direction === 'forward' ? 'cloud' : 'crm';
    if (this.#open[side] !== undefined) {
      await Promise.race([delivery.catch(() => undefined), new Promise((resolve) => setTimeout(resolve, 60))]);
      await this.#commit(side);
    }
    channel.injected = await delivery;
  }

  async #confirm(direction: 'forward' | 'reverse'): Promise<void> {
    const { window, injected } = this.#channels[direction];
    if (window === undefined || injected === undefined) return;
    await this.#cycle.confirm(window, injected);
    this.#channels[direction] = {};
  }

  /** The answer never arrives: a forward window is settled, of a reverse one the next order or window tells. */
  async #lose(direction: 'forward' | 'reverse'): Promise<void> {
    const { window } = this.#channels[direction];
    if (window === undefined) return;
    if (direction === 'forward') await this.#cycle.settle(window);
    this.#channels[direction] = {};
  }

  async #repeat(direction: 'forward' | 'reverse'): Promise<void> {
    const { window, injected } = this.#channels[direction];
    if (window === undefined || injected === undefined) return;
    const again = await this.#cycle.deliver(window);
    if (!again.repeated || again.receiptJws !== injected.receiptJws) throw new Error('a repeated window was not answered with its receipt');
  }
}

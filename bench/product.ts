import { setTimeout as sleep } from 'node:timers/promises';
import { controlRow } from '../adaptor/data/control-rows.ts';
import type { Client } from 'pg';
import type { Run } from './clock.ts';
import type { BenchStack } from './bench-stack.ts';

/** At first; later a hundredth of what has passed, so that what looks on costs nothing where there is much to do. */
const POLL_MS = 5;
const TIMEOUT_MS = 30 * 60_000;

/** Where forward or reverse windows stand at the side that sent them. */
interface Mark {
  readonly ordinal: number;
}

/** The product's own path, from outside: orders through the typed client, ends read from the stores. */
export class Product {
  readonly #stack: BenchStack;

  constructor(stack: BenchStack) {
    this.#stack = stack;
  }

  /** Waits for the load that a new stack begins by itself, and for the delta that opens the way back. */
  async ready(): Promise<void> {
    await until(async () => {
      const row = await controlRow<{ open: boolean }>(this.#stack.crm, `select state = 'open' as open from tidegate.channel where direction = 'forward'`);
      return row?.open === true;
    }, 'the channel is not open');
  }

  /** Stops the flow; comes back when no window is under way. */
  async pause(): Promise<void> {
    const { tidegate, name } = this.#stack;
    await tidegate.pause(name, { reason: 'bench', by: 'bench' });
    await until(async () => {
      const { run } = await tidegate.progress(name);
      return run?.paused != null;
    }, 'the link does not pause');
  }

  /** Loads everything anew, from a paused link: the time from the order to the receipt of the load. */
  async reload(): Promise<Run> {
    const { tidegate, name } = this.#stack;
    const mark = await this.#mark('forward');
    const stop = await this.#stack.startClock();
    await tidegate.resume(name, { by: 'bench', reload: { approvedBy: 'bench', reason: 'bench' } });
    await until(() => this.#has(mark, 'forward', `kind = 'load'`), 'the load does not end');
    const run = await stop();
    await this.ready();
    return run;
  }

  /** Lets a paused link go on: the time until so many records were sent and receipted. */
  async resume(records: number): Promise<Run> {
    const mark = await this.#mark('forward');
    const stop = await this.#stack.startClock();
    await this.#stack.tidegate.resume(this.#stack.name, { by: 'bench' });
    if (records > 0) await until(() => this.#has(mark, 'forward', 'true', records), 'the changes do not arrive');
    return stop();
  }

  /** Time from now, when `change` has committed, to the receipt of so many records. */
  async carry(records: number, change: () => Promise<void>): Promise<Run> {
    const mark = await this.#mark('forward');
    await change();
    const stop = await this.#stack.startClock();
    await until(() => this.#has(mark, 'forward', 'true', records), 'the changes do not arrive');
    return stop();
  }

  /** Orders so many records of the cloud in: the time from the order to the cloud's having the receipt of the last window. */
  async orderIn(records: number): Promise<Run> {
    const mark = await this.#mark('reverse');
    const stop = await this.#stack.startClock();
    await this.#stack.tidegate.orderReverse({ link: this.#stack.name, by: 'bench' });
    await until(() => this.#has(mark, 'reverse', 'true', records), 'the cloud changes do not arrive');
    return stop();
  }

  #sender(direction: 'forward' | 'reverse'): Client {
    return direction === 'forward' ? this.#stack.crm : this.#stack.cloud;
  }

  async #mark(direction: 'forward' | 'reverse'): Promise<Mark> {
    const row = await controlRow<Mark>(this.#sender(direction), 'select coalesce(max(ordinal), 0) as ordinal from tidegate."window" where direction = $1', [
      direction,
    ]);
    return row ?? { ordinal: 0 };
  }

  /** Whether receipted windows after the mark hold so many records. */
  async #has({ ordinal }: Mark, direction: 'forward' | 'reverse', condition: string, records = 0): Promise<boolean> {
    const row = await controlRow<{ windows: number; records: number }>(
      this.#sender(direction),
      `select count(*) as windows, coalesce(sum(offered), 0)::int8 as records from tidegate."window" where direction = $1 and ordinal > $2 and state = 'receipted' and ${condition}`,
      [direction, ordinal],
    );
    return row !== undefined && row.windows > 0 && row.records >= records;
  }
}

async function until(done: () => Promise<boolean>, what: string): Promise<void> {
  const begun = performance.now();
  while (!(await done())) {
    const passedMs = performance.now() - begun;
    if (passedMs > TIMEOUT_MS) throw new Error(`${what} after ${TIMEOUT_MS / 60_000} minutes`);
    await sleep(Math.max(POLL_MS, passedMs / 100));
  }
}

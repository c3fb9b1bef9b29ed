import { type ClaimedRequest, claimRequests, finishRequests } from '../../adaptor/data/control/sync-requests.ts';
import { resendRecords } from '../../adaptor/data/control/resend-records.ts';
import type { CollectionPlan } from '../../adaptor/data/plan.ts';
import { inTransaction } from '../../adaptor/data/pool.ts';
import { TidegateError } from '../../exchange/errors.ts';
import type { ActivityContext } from '../link-setup.ts';

/** Forward request rows that a pump has claimed and not finished. */
export class PumpRequests {
  readonly #context: Pick<ActivityContext, 'consumer' | 'hooks'>;
  readonly #link: string;
  readonly #runId: string;
  #claimed: ClaimedRequest[] = [];

  constructor(context: Pick<ActivityContext, 'consumer' | 'hooks'>, link: string, runId: string) {
    this.#context = context;
    this.#link = link;
    this.#runId = runId;
  }

  /** Claims what waits; selected records are queued in the same transaction, so that a claim without them is never seen. */
  async claim(plans: readonly CollectionPlan[]): Promise<void> {
    const failed: string[] = [];
    this.#claimed = await inTransaction(this.#context.consumer, async (client) => {
      const rows = await claimRequests(client, this.#link, 'forward', this.#runId);
      for (const row of rows.filter(({ fresh }) => fresh)) {
        await client.query('SAVEPOINT request');
        try {
          for (const plan of plans) {
            const keys = (row.records ?? []).filter(({ collection }) => collection === plan.definition.name).map(({ key }) => key);
            await resendRecords(client, plan, keys);
          }
        } catch (error) {
          if (!(error instanceof TidegateError) || error.retryable) throw error;
          await client.query('ROLLBACK TO SAVEPOINT request');
          failed.push(row.id);
        }
      }
      await finishRequests(client, failed, 'failed');
      return rows.filter(({ id }) => !failed.includes(id));
    });
    await this.#context.hooks?.at('requests-claimed');
  }

  /** Ends the claimed rows after a cycle that began later and sent everything; those for a collection that does not flow have failed. */
  async finish(flowing: ReadonlySet<string>): Promise<void> {
    if (this.#claimed.length === 0) return;
    const wanted = ({ collections, records }: ClaimedRequest) => [...collections, ...(records ?? []).map(({ collection }) => collection)];
    const done = this.#claimed.filter((row) => wanted(row).every((collection) => flowing.has(collection)));
    const failed = this.#claimed.filter((row) => !done.includes(row));
    await finishRequests(
      this.#context.consumer,
      done.map(({ id }) => id),
      'done',
    );
    await finishRequests(
      this.#context.consumer,
      failed.map(({ id }) => id),
      'failed',
    );
    this.#claimed = [];
  }
}

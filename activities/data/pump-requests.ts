import { leftOutCode, settleRequests } from '../../adaptor/data/control/left-out.ts';
import { type ClaimedRequest, claimRequests, failRequests } from '../../adaptor/data/control/sync-requests.ts';
import { resendRecords } from '../../adaptor/data/control/resend-records.ts';
import type { CollectionPlan } from '../../adaptor/data/plan.ts';
import { inTransaction } from '../../adaptor/data/pool.ts';
import { readChannels } from '../../adaptor/data/state/channel.ts';
import { type ErrorCode, TidegateError } from '../../exchange/errors.ts';
import type { ActivityContext, LinkSetup } from '../link-setup.ts';

/** Forward request rows that a pump has claimed and not finished. */
export class PumpRequests {
  readonly #context: Pick<ActivityContext, 'consumer' | 'hooks'>;
  readonly #setup: LinkSetup;
  readonly #runId: string;
  #claimed: ClaimedRequest[] = [];

  constructor(context: Pick<ActivityContext, 'consumer' | 'hooks'>, setup: LinkSetup, runId: string) {
    this.#context = context;
    this.#setup = setup;
    this.#runId = runId;
  }

  /** Claims what waits; selected records are queued in the same transaction, so that a claim without them is never seen. */
  async claim(plans: readonly CollectionPlan[]): Promise<void> {
    const failed = new Map<string, ErrorCode>();
    this.#claimed = await inTransaction(this.#context.consumer, async (client) => {
      const rows = await claimRequests(client, this.#setup.name, 'forward', this.#runId);
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
          failed.set(row.id, error.code);
        }
      }
      for (const [id, code] of failed) await failRequests(client, [id], code);
      return rows.filter(({ id }) => !failed.has(id));
    });
    await this.#context.hooks?.at('requests-claimed');
  }

  /** Ends the claimed rows after a cycle that began later and sent everything; a row that names a collection that does not flow has failed. */
  async finish(flowing: ReadonlySet<string>, switchedOff: readonly string[]): Promise<void> {
    if (this.#claimed.length === 0) return;
    const { consumer } = this.#context;
    const channels = await readChannels(consumer, this.#setup.name);
    const named = this.#claimed.flatMap(({ collections, records }) => [...collections, ...(records ?? []).map(({ collection }) => collection)]);
    const configured = this.#setup.collections.map(({ source }) => source.name);
    const leftOut: Record<string, ErrorCode> = {};
    for (const name of new Set([...configured, ...named])) {
      if (flowing.has(name)) continue;
      const channel = channels.find(({ collection, direction }) => collection === name && direction === 'forward');
      if (!configured.includes(name)) leftOut[name] = 'collection-unknown';
      else leftOut[name] = switchedOff.includes(name) ? 'collection-switched-off' : (leftOutCode(channel?.state) ?? 'schema-drifted');
    }
    await settleRequests(
      consumer,
      this.#claimed.map(({ id }) => id),
      leftOut,
    );
    this.#claimed = [];
  }
}

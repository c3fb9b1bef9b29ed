import type { Pool } from 'pg';
import type pino from 'pino';
import { pruneStore } from '../../adaptor/data/retention/prune-store.ts';
import { logReaders } from '../../cloud/service-manager/log-readers.ts';
import { producerRetention } from '../../configuration/retention.ts';
import type { ProducerSettings } from '../../configuration/settings/cloud.ts';
import { toProblem } from '../../exchange/problem.ts';

/**
 * Takes away what is done with in the cloud's control plane, now and then: the producer has no job scheduler. A round that fails
 * is told in the log, and the next one does the same. `stop` waits for the round in hand.
 */
export function pruneRegularly(pool: Pool, log: pino.Logger, settings: ProducerSettings): { stop(): Promise<void> } {
  const { retention, everyMs } = producerRetention(settings);
  let round: Promise<void> | undefined;
  const prune = async (): Promise<void> => {
    try {
      const pruned = await pruneStore(pool, 'cloud', await logReaders(pool), retention);
      log.info({ pruned }, 'pruned');
    } catch (error) {
      const { code, detail } = toProblem(error);
      log.warn({ code }, detail);
    }
  };
  const timer = setInterval(() => {
    round ??= prune().finally(() => (round = undefined));
  }, everyMs).unref();
  return {
    async stop() {
      clearInterval(timer);
      await round;
    },
  };
}

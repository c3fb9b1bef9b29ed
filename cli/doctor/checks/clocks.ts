import { hostname } from 'node:os';
import { CLOCK_SKEW_SECONDS } from '../../../adaptor/auth/lifetime.ts';
import { controlRow } from '../../../adaptor/data/control-rows.ts';
import { translateDatabaseError } from '../../../adaptor/data/database-error.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import { healthSchema } from '../../../exchange/health.ts';
import { readServerTime } from '../../../scheduler/server-time.ts';
import { type Check, type Finding, fault, ok, skipped, warning } from '../finding.ts';
import type { Parts } from '../parts.ts';

/** Beyond this, messages and receipts come near to being refused. */
const WARN_MS = 2000;

/** A clock that was asked: what it said, and when by this machine's clock, not earlier and not later than. */
interface Asked {
  readonly timeMs: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Clocks against this machine's: of the store, of the producer and its store, of the Temporal server. */
export const clocks: Check<Parts> = {
  name: 'clocks',
  run: async (parts) => {
    const findings = [await judge(parts, 'store', () => storeTime(parts))];
    if (parts.side === 'cloud') return findings;
    findings.push(await judge(parts, 'Temporal', async () => readServerTime(await parts.temporal())));
    const answers: { timeMs?: number | undefined; storeTimeMs?: number | undefined } = {};
    const health = async (): Promise<number | undefined> => {
      const [link] = (await parts.config()).links;
      if (link === undefined) return undefined;
      const client = await parts.producer({ tenant: link.tenant, environment: link.environment, link: link.link });
      // The first answer pays for the handshake; the second one's time is told within a few milliseconds.
      await client.health();
      Object.assign(answers, healthSchema.parse(await client.health()));
      return answers.timeMs;
    };
    findings.push(await judge(parts, 'producer', health));
    if (answers.timeMs !== undefined && answers.storeTimeMs !== undefined)
      findings.push(compare("the producer's store", { timeMs: answers.storeTimeMs, fromMs: answers.timeMs, toMs: answers.timeMs }, 'the producer'));
    return findings;
  },
};

async function storeTime(parts: Parts): Promise<number | undefined> {
  // Without the schema before it, on purpose: what the store's functions are told is what counts.
  const sql = 'select (extract(epoch from clock_timestamp()) * 1000)::float8 as "timeMs"';
  await controlRow(parts.store, sql);
  return (await controlRow<{ timeMs: number }>(parts.store, sql))?.timeMs;
}

async function judge({ nowMs }: Parts, subject: string, ask: () => Promise<number | undefined>): Promise<Finding> {
  const fromMs = nowMs();
  try {
    const timeMs = await ask();
    return timeMs === undefined ? skipped(subject, 'it does not tell its time') : compare(subject, { timeMs, fromMs, toMs: nowMs() }, hostname());
  } catch (thrown) {
    const error = translateDatabaseError(thrown);
    if (error instanceof TidegateError) return skipped(subject, `it does not answer [${error.code}]`);
    throw error;
  }
}

/** A clock is off by at least what lies outside the time between question and answer. */
function compare(subject: string, { timeMs, fromMs, toMs }: Asked, than: string): Finding {
  const aheadMs = timeMs > toMs ? timeMs - toMs : timeMs < fromMs ? timeMs - fromMs : 0;
  if (Math.abs(aheadMs) < WARN_MS) return ok(subject, `within ${Math.max(1, Math.ceil((toMs - fromMs) / 1000))} s of ${than}`);
  const detail = `it is ${(Math.abs(aheadMs) / 1000).toFixed(1)} s ${aheadMs > 0 ? 'ahead of' : 'behind'} ${than}`;
  const advice = `Let both take their time from the same source (NTP); signed objects are refused from ${CLOCK_SKEW_SECONDS} s on.`;
  return Math.abs(aheadMs) >= CLOCK_SKEW_SECONDS * 1000 ? fault(subject, detail, advice) : warning(subject, detail, advice);
}
